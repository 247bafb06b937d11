"""Writing to the terminal. Text that comes from a run cannot steer the terminal it is shown on."""

from __future__ import annotations

import json
import math
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""C0 and C1 without tab and line feed, and the characters that turn the direction of writing."""

UNFOLDED_CHARACTERS = 8
"""Cells of a table up to this many characters stay on one line, however narrow the terminal is."""

UNFOLDED_COLUMNS = 10_000
"""Width of what is no terminal: nothing is folded there."""


def visible(text: str) -> str:
    """Return `text` without characters that move the cursor, colour, hide or reorder what is shown."""
    return _CONTROL.sub("", text)


def cell(value: Any) -> str:
    """Return `value` on one line for a table; None and missing numbers are a dash."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}" if 1e6 <= abs(value) < 1e12 else f"{value:.6g}"
    return re.sub(r"\s+", " ", visible(str(value)))


def write(text: str, *, end: str = "\n") -> None:
    """Write `text` to standard output; control characters are left out when a person is looking."""
    click.echo(visible(text) if sys.stdout.isatty() else text, nl=False)
    click.echo(end, nl=False)


def write_json(value: Any) -> None:
    """Write `value` as indented JSON of RFC 8259: numbers that are not finite become null."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    write(json.dumps(finite(value), ensure_ascii=not is_unicode, indent=2, default=str))


def finite(value: Any) -> Any:
    """Return `value` with every NaN and infinity replaced by None, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def write_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `rows` as a table. A terminal too narrow for it gets folded cells, or a block per row when even that
    would not be readable; elsewhere nothing is cut."""
    from rich.console import Console

    rows = [list(row) for row in rows]
    console = Console(highlight=False, width=None if sys.stdout.isatty() else UNFOLDED_COLUMNS)
    table = _table(columns, rows)
    if sum((column.min_width or 0) + 2 for column in table.columns) > console.width + 2:
        _write_blocks(columns, rows)
    else:
        console.print(table, crop=False)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for index, column in enumerate(columns):
        values = [row[index] for row in rows]
        widest = max((len(cell(value)) for value in values), default=0)
        table.add_column(
            Text(cell(column)),
            justify="right" if any(isinstance(value, int | float) for value in values) else "left",
            overflow="fold",
            no_wrap=index == 0,
            min_width=widest if index == 0 else min(widest, UNFOLDED_CHARACTERS),
        )
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row))
    return table


def _write_blocks(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    width = max(len(cell(column)) for column in columns)
    for number, row in enumerate(rows, start=1):
        write(f"--- {number} ---")
        for column, value in zip(columns, row, strict=True):
            write(f"{cell(column):<{width}}  {cell(value)}")


def local_time(seconds: float | None) -> str:
    """Return Unix seconds as local `YYYY-MM-DD HH:MM:SS`, a dash for None, 0 or a time no calendar holds."""
    if not seconds:
        return "-"
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, OSError, ValueError):
        return "-"


def duration(seconds: float | None) -> str:
    """Return seconds as `12 s`, `3 min`, `2 h 04 min` or `5 d`."""
    if seconds is None:
        return "-"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min" if whole < 86400 else f"{whole // 86400} d"


def size(size_bytes: int) -> str:
    """Return a number of bytes as `9 B`, `1.5 KiB`, `3.0 GiB`."""
    number = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
