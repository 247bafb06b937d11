"""A progress bar for what takes long, where somebody looks at a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

SHOWN_FROM_BYTES = 64 * 1024 * 1024


@contextlib.contextmanager
def show_progress(title: str, total_bytes: int) -> Iterator[Callable[[int], object] | None]:
    """Give a function to call with bytes done, from any thread; None when the work is small or nobody looks."""
    if total_bytes < SHOWN_FROM_BYTES or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total_bytes)
        yield lambda size: bar.advance(task, size)
