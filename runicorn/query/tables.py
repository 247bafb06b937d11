"""The metrics of a run as the row-shaped answer of the HTTP contract. Source: docs/http-api.md, section 2."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import orjson

from runicorn.query.chunks import Array
from runicorn.query.columns import Column
from runicorn.query.downsample import pick_rows
from runicorn.query.outline import Outline
from runicorn.query.table import Events

_ROWS_AT_ONCE = 4096


class MetricTable:
    """Rows of a run's metrics; every row has every column, None where nothing was logged.

    `total` counts the rows before sampling, `sampled` those of this answer; `last_step` is the highest step of the
    run, None without rows.
    """

    __slots__ = ("_cells", "_json", "_leading", "columns", "last_step", "sampled", "total")

    def __init__(self, leading: Sequence[tuple[str, list[Any]]], cells: Sequence[tuple[str, Column]], *, total: int):
        self._leading = leading
        self._cells = cells
        self._json: bytes | None = None
        self.columns = [name for name, _ in (*leading, *cells)] if total else []
        self.total = total
        self.sampled = len(leading[0][1])
        self.last_step = max(dict(leading)["global_step"], default=None)

    def rows(self) -> list[dict[str, Any]]:
        """The rows as mappings from column to value; non-finite numbers are None."""
        return [row for block in self._blocks() for row in block]

    def to_json(self) -> bytes:
        """The answer `{"columns", "rows", "total", "sampled"}` as JSON."""
        if self._json is None:
            head = orjson.dumps(self.columns)
            rows = b",".join(_dump_rows(block) for block in self._blocks())
            self._json = b'{"columns":%b,"rows":[%b],"total":%d,"sampled":%d}' % (head, rows, self.total, self.sampled)
        return self._json

    def _blocks(self) -> Iterator[list[dict[str, Any]]]:
        for start in range(0, self.sampled, _ROWS_AT_ONCE):
            rows = np.arange(start, min(start + _ROWS_AT_ONCE, self.sampled))
            leading = [values[start : start + len(rows)] for _, values in self._leading]
            cells = [_spread(column, rows) for _, column in self._cells]
            yield [dict(zip(self.columns, row, strict=True)) for row in zip(*leading, *cells, strict=True)]


def table_by_step(merged: Events, max_rows: int | None) -> MetricTable:
    """Return rows of `merged` (one per step) by ascending step."""
    rows, columns = _choose(merged, max_rows)
    return MetricTable([("global_step", merged.steps[rows].tolist())], columns, total=len(merged))


def table_by_time(merged: Events, max_rows: int | None) -> MetricTable:
    """Return rows of `merged` by time; `time` is the seconds since the first of them, None at the end for rows
    without any time."""
    times, rises = clock(merged)
    columns = {name: column for name, column in merged.columns.items() if name != "time"}
    by_time = Events(merged.steps, times, columns)
    if not rises:
        by_time = _in_order_of_time(by_time)
    rows, chosen = _choose(by_time, max_rows)
    start = by_time.times[0] if len(by_time) else 0.0
    relative = [None if np.isnan(time) else time for time in (by_time.times[rows] - start).tolist()]
    leading = [("time", relative), ("global_step", by_time.steps[rows].tolist())]
    return MetricTable(leading, chosen, total=len(merged))


def clock(events: Events) -> tuple[Array, bool]:
    """Return the Unix time of every row, see `row_times`, and whether all have one and none is before the one above.

    The logged times are had without a look at every row where every row has one and the clock was never set back.
    """
    column = events.columns.get("time")
    if column is not None and column.rows is None and column.codes is None and column.outline.rises(column.values):
        return column.values, True
    times = row_times(events)
    return times, Outline().rises(times)


def row_times(events: Events) -> np.ndarray:
    """The Unix time of every row: the logged `time` where it is a finite number, else the event's own."""
    times = events.times[:].copy()
    column = events.columns.get("time")
    if column is not None:
        values = column.numbers()
        finite = np.isfinite(values)
        times[column.row_numbers()[finite]] = values[finite]
    times[~np.isfinite(times)] = np.nan
    return times


def _in_order_of_time(events: Events) -> Events:
    order = np.argsort(events.times[:], kind="stable")
    place = np.argsort(order)
    moved = {name: _reorder(column, place) for name, column in events.columns.items()}
    return Events(events.steps[order], events.times[order], moved)


def _choose(events: Events, max_rows: int | None) -> tuple[np.ndarray, list[tuple[str, Column]]]:
    if max_rows is None or len(events) <= max_rows:
        return np.arange(len(events)), sorted(events.columns.items())
    rows = pick_rows(events, max_rows)
    return rows, [(name, column.keep_rows(rows)) for name, column in sorted(events.columns.items())]


def _reorder(column: Column, place: np.ndarray) -> Column:
    rows = place[column.row_numbers()]
    order = np.argsort(rows)
    return column.take(order, None if column.rows is None else rows[order])


def _spread(column: Column, rows: np.ndarray) -> list[Any]:
    places, positions = column.positions_in(rows)
    cells = column.cells(positions)
    if len(places) == len(rows):
        return cells
    spread: list[Any] = [None] * len(rows)
    for place, cell in zip(places.tolist(), cells, strict=True):
        spread[place] = cell
    return spread


def _dump_rows(rows: list[dict[str, Any]]) -> bytes:
    """Integers beyond 64 bits are beyond orjson too."""
    try:
        return orjson.dumps(rows)[1:-1]
    except TypeError:
        return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8")[1:-1]
