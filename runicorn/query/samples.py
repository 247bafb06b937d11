"""What a logged sample holds, read with bounds: files of a run may be of any size and anybody's making.

What cannot be read is said in `problem`, in the place of an error.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from runicorn.query.values import MediaRecord

MAX_ROWS = 200
MAX_COLUMNS = 100
MAX_CELL = 500
MAX_BINS = 512
MAX_TABLE_BYTES = 4 << 20
MAX_TEXT_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class TextSample:
    """The beginning of a text. `size` is that of its file in bytes."""

    text: str = ""
    size: int = 0
    truncated: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TableSample:
    """The first rows of a table, all as long as `columns`. `total` is None when nobody counted the rows."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    total: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class HistogramSample:
    """Counts of values between `edges`, one more than counts. `nonfinite` values are in no count."""

    counts: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    nonfinite: int = 0
    problem: str = ""


def read_text(record: MediaRecord, *, max_bytes: int = MAX_TEXT_BYTES) -> TextSample:
    """Return the beginning of a text or HTML sample; bytes that are no text become question marks."""
    if record.file is None:
        return TextSample(problem=_missing(record))
    try:
        with record.file.open("rb") as file:
            data = file.read(max_bytes + 1)
            size = max(len(data), record.file.stat().st_size)
    except OSError:
        return TextSample(problem=f"The file {record.path} cannot be read.")
    text = data[:max_bytes].decode("utf-8", "replace")
    return TextSample(text, size, len(data) > max_bytes)


def read_table(record: MediaRecord) -> TableSample:
    """Return the first rows of a table that is kept as CSV; of one kept as Parquet only what its event says."""
    told = _count(record.data.get("row_count"))
    if record.path.endswith(".parquet"):
        names = record.data.get("columns")
        told_names = _cut(str(name) for name in names) if isinstance(names, list) else ()
        return TableSample(told_names, total=told, problem="Its rows are kept as Parquet and not shown here.")
    found = read_text(record, max_bytes=MAX_TABLE_BYTES)
    if found.problem:
        return TableSample(total=told, problem=found.problem)
    text = found.text.rpartition("\n")[0] if found.truncated else found.text
    rows, count, problem = _read_rows(text)
    columns = rows[0] if rows else ()
    whole = None if found.truncated or problem else max(0, count - 1)
    shown = tuple(_fit(row, len(columns)) for row in rows[1:])
    if found.truncated and not rows:
        problem = "Its first row is too long to be shown."
    return TableSample(columns, shown, whole if told is None else told, problem)


def read_histogram(record: MediaRecord) -> HistogramSample:
    """Return the bins that the event of a histogram tells."""
    counts, edges = _numbers(record.data.get("counts")), _numbers(record.data.get("edges"))
    if counts is None or edges is None or len(edges) != len(counts) + 1 or not 1 <= len(counts) <= MAX_BINS:
        return HistogramSample(problem="This histogram is damaged: its counts and edges do not fit.")
    rising = all(low <= high for low, high in pairwise(edges))
    if min(counts) < 0 or not rising or not math.isfinite(edges[-1] - edges[0]):
        return HistogramSample(problem="This histogram is damaged: a count is negative or its edges do not rise.")
    return HistogramSample(counts, edges, _count(record.data.get("nonfinite")) or 0)


def _read_rows(text: str) -> tuple[list[tuple[str, ...]], int, str]:
    """Return the head and the first rows of a CSV text, how many lines of it are rows, and what is wrong with it."""
    rows: list[tuple[str, ...]] = []
    count = 0
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            count += 1
            if count <= MAX_ROWS + 1:
                rows.append(_cut(row))
    except csv.Error as error:
        return rows, count, f"The table is damaged after row {max(0, count - 1)}: {error}."
    return rows, count, ""


def _missing(record: MediaRecord) -> str:
    return f"The file {record.path} is missing."


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _numbers(values: Any) -> tuple[float, ...] | None:
    """Return finite numbers as they are, None when anything else is among them."""
    if not isinstance(values, list) or len(values) > MAX_BINS + 1:
        return None
    right = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    try:
        return tuple(values) if right and all(map(math.isfinite, values)) else None
    except OverflowError:
        return None


def _cut(cells: Iterable[str]) -> tuple[str, ...]:
    short = (cell if len(cell) <= MAX_CELL else cell[:MAX_CELL] + "…" for cell in cells)
    return tuple(cell for cell, _ in zip(short, range(MAX_COLUMNS), strict=False))


def _fit(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    return row[:width] + ("",) * (width - len(row))
