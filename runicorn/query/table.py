"""The metrics of one event file, as columns that grow with the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runicorn.query.columns import EXACT_INTEGER, Column, ColumnBuilder, GrowArray, total_bytes
from runicorn.query.events import HIDDEN, DamagedLine, iter_lines, metrics_data, parse_line, read_step, read_time


@dataclass(frozen=True, slots=True)
class Events:
    """The metrics events of a run in file order, one row each: `steps` (int64) and `times` (Unix seconds, NaN where
    missing) have the same length; `columns` hold what was logged."""

    steps: np.ndarray
    times: np.ndarray
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(slots=True)
class _Pending:
    """Cells of one metric from lines just read."""

    rows: list[int] = field(default_factory=list)
    cells: list[Any] = field(default_factory=list)
    plain: bool = True
    integral: bool = True


class EventTable:
    """Collects the metrics events of one file."""

    def __init__(self) -> None:
        self._steps = GrowArray(np.int64)
        self._times = GrowArray(np.float64)
        self._columns: dict[str, ColumnBuilder] = {}
        self.damaged = 0

    def __len__(self) -> int:
        return self._steps.size

    @property
    def nbytes(self) -> int:
        return self._steps.nbytes + self._times.nbytes + total_bytes(self._columns.values())

    def append_lines(self, data: bytes) -> None:
        """Read the whole lines in `data`, one by one."""
        steps: list[int] = []
        times: list[float] = []
        pending: dict[str, _Pending] = {}
        row = len(self)
        for event in self._events(data):
            values = metrics_data(event)
            step = None if values is None else read_step(values)
            if values is None or step is None:
                continue
            _collect(pending, row, values)
            steps.append(step)
            times.append(read_time(event))
            row += 1
        self._steps.extend(steps)
        self._times.extend(times)
        for name, cells in pending.items():
            _flush(self._columns.setdefault(name, ColumnBuilder()), cells)

    def append_rows(self, steps: np.ndarray, times: np.ndarray, columns: Iterable[tuple[str, Any, Any, bool]]) -> None:
        """Append rows whose cells are all numbers. A column is (name, rows counted from the first of these or None
        for all, values, whether all were written as integers)."""
        first = len(self)
        self._steps.extend(steps)
        self._times.extend(times)
        for name, rows, values, integral in columns:
            builder = self._columns.setdefault(name, ColumnBuilder())
            if rows is None:
                builder.extend_dense(first, values, integral=integral)
            else:
                builder.extend(rows + first, values, integral=integral)

    def snapshot(self) -> Events:
        """The rows so far; later growth does not change the answer."""
        rows = len(self)
        columns = {name: column.snapshot(rows) for name, column in self._columns.items()}
        return Events(self._steps.view, self._times.view, columns)

    def _events(self, data: bytes) -> Iterable[dict[str, Any]]:
        for line in iter_lines(data):
            try:
                yield parse_line(line)
            except DamagedLine:
                self.damaged += 1


def _collect(pending: dict[str, _Pending], row: int, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in HIDDEN:
            continue
        kind = type(value)
        if kind is dict or kind is list:
            continue
        cells = pending.get(name)
        if cells is None:
            cells = pending[name] = _Pending()
        cells.rows.append(row)
        cells.cells.append(value)
        if kind is float:
            cells.integral = False
        elif kind is not int or not -EXACT_INTEGER <= value <= EXACT_INTEGER:
            cells.plain = False


def _flush(builder: ColumnBuilder, cells: _Pending) -> None:
    if cells.plain:
        builder.extend(cells.rows, cells.cells, integral=cells.integral)
    else:
        builder.extend_odd(cells.rows, cells.cells)
