"""Bars for work that takes long, on stderr and for a terminal alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from runicorn.cli import options

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from runicorn.query import Reader, RunRecord

_SHOWN_FROM = 200
"""Fewer runs are read before anybody looks for a bar."""

_SHOWN_EVERY = 64


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[RunRecord], None]]:
    """Yield what is to be called after each of `total` runs."""
    with _open_bar() as bar:
        task = bar.add_task("Runs", total=total)
        yield lambda run: bar.advance(task)


@contextmanager
def reading_bar(reader: Reader) -> Iterator[None]:
    """Show how far `reader` is whenever it reads the metrics of many runs at once."""
    if not sys.stderr.isatty() or options.is_quiet():
        yield
        return
    with ExitStack() as opened:
        bars: list[tuple[Progress, TaskID]] = []

        def show(read: int, total: int) -> None:
            if total < _SHOWN_FROM or (read % _SHOWN_EVERY and read < total):
                return
            if not bars:
                bar = opened.enter_context(_open_bar(transient=True))
                bars.append((bar, bar.add_task("Reading metrics")))
            bar, task = bars[0]
            bar.update(task, completed=read, total=total)

        before, reader.metrics.progress = reader.metrics.progress, show
        try:
            yield
        finally:
            reader.metrics.progress = before


def _open_bar(*, transient: bool = False) -> Progress:
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    disabled = options.is_quiet() or not console.is_terminal
    return Progress(*columns, console=console, disable=disabled, transient=transient)
