"""The metrics of one event file, as columns that grow with the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from runicorn.query.batch import read_batch
from runicorn.query.chunks import Array, GrowArray
from runicorn.query.columns import Column, ColumnBuilder, total_bytes
from runicorn.query.events import AXES


@dataclass(frozen=True, slots=True)
class Events:
    """The metrics events of a run in file order, one row each: `steps` (int64) and `times` (Unix seconds, NaN where
    missing) have the same length; `logged` holds the columns, those of AXES among them. `sorted` says that every step
    is above the one before."""

    steps: Array
    times: Array
    logged: Mapping[str, Column]
    sorted: bool = False

    @property
    def columns(self) -> Mapping[str, Column]:
        """The metrics."""
        if not any(axis in self.logged for axis in AXES):
            return self.logged
        return {name: column for name, column in self.logged.items() if name not in AXES}

    def __len__(self) -> int:
        return len(self.steps)


class EventTable:
    """Collects the metrics events of one file."""

    def __init__(self) -> None:
        self._steps = GrowArray(np.int64)
        self._times = GrowArray(np.float64)
        self._columns: dict[str, ColumnBuilder] = {}
        self._sorted = True
        self.damaged = 0

    def __len__(self) -> int:
        return self._steps.size

    @property
    def nbytes(self) -> int:
        return self._steps.nbytes + self._times.nbytes + total_bytes(self._columns.values())

    def append_lines(self, data: bytes) -> None:
        """Read the whole lines in `data`, one by one."""
        batch = read_batch(data)
        first = len(self)
        self.damaged += batch.damaged
        self._append_steps(np.array(batch.steps, np.int64))
        self._times.extend(batch.times)
        for cells in batch.columns:
            column, rows = self._column(cells.name), cells.rows + first
            if cells.values is None:
                column.extend_odd(rows, cells.cells)
            else:
                column.extend(rows, cells.values, integral=cells.integral)

    def append_rows(self, steps: np.ndarray, times: np.ndarray, columns: Iterable[tuple[str, Any, Any, bool]]) -> None:
        """Append rows whose cells are all numbers. A column is (name, rows counted from the first of these or None
        for all, values, whether all were written as integers)."""
        first = len(self)
        self._append_steps(steps)
        self._times.extend(times)
        for name, rows, values, integral in columns:
            if rows is None:
                self._column(name).extend_dense(first, values, integral=integral)
            else:
                self._column(name).extend(rows + first, values, integral=integral)

    def append_events(self, events: Events) -> None:
        """Append rows of another table."""
        first = len(self)
        self._append_steps(events.steps[:])
        self._times.extend(events.times[:])
        for name, column in events.logged.items():
            self._column(name).extend_column(first, column)

    def snapshot(self) -> Events:
        """The rows so far; later growth does not change the answer."""
        rows = len(self)
        columns = {name: column.snapshot(rows) for name, column in self._columns.items()}
        return Events(self._steps.view, self._times.view, columns, self._sorted)

    def _append_steps(self, steps: np.ndarray) -> None:
        before = self._steps.view[-1:]
        self._steps.extend(steps)
        if self._sorted and len(steps):
            self._sorted = bool(np.all(np.diff(steps) > 0)) and not np.any(before >= steps[0])

    def _column(self, name: str) -> ColumnBuilder:
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = ColumnBuilder()
        return column
