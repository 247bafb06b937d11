"""What DuckDB parsed of an event file, and the proof that it missed nothing of the plain lines of a block.

DuckDB is told the names of the metrics beforehand, turns text and truth values into numbers and passes over keys it
was not told of. Lines of one shape have as many keys as the one of them that was parsed exactly, and numbers at the
same places. DuckDB gives at most one cell for each key of a line, so rows with as many cells as there are keys were
read whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from runicorn.query.blocks import Block
from runicorn.query.columns import EXACT_INTEGER
from runicorn.query.events import STEPS
from runicorn.query.table import EventTable

_STEP_LIMIT = 2.0**53


@dataclass(frozen=True, slots=True)
class Name:
    """A key of metrics events; `integral` says whether only integers were seen."""

    text: str
    integral: bool


Part = slice | np.ndarray
"""Some of the rows: a stretch or their ascending numbers."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """One column: `missing` is None when nothing is. `calm` says that all values are finite and below 2**53."""

    values: np.ndarray
    missing: np.ndarray | None
    calm: bool

    def present(self, part: Part) -> int:
        """How many of the rows `part` have a value."""
        values = self.values[part]
        return len(values) if self.missing is None else len(values) - int(np.count_nonzero(self.missing[part]))

    def over(self, part: Part, below: np.ndarray) -> np.ndarray:
        """The values of `part`, those of `below` where there are none."""
        values = self.values[part]
        return values if self.missing is None else np.where(self.missing[part], below, values)

    def known(self, part: Part) -> np.ndarray:
        """The values that are there."""
        values = self.values[part]
        return values if self.missing is None else values[~self.missing[part]]


class ParsedRows:
    """Rows of metrics events, one for every line of the file that is not blank, in file order.

    `found` holds the masked columns `ts`, `is_metrics`, `has_data` and c0, c1, ... for the keys `names`.
    """

    def __init__(self, found: Mapping[str, Any], names: Sequence[Name]) -> None:
        self._names = names
        self._times = _cells(found["ts"])
        self._cells = [_cells(found[f"c{place}"]) for place in range(len(names))]
        self._is_event = np.ma.filled(found["is_metrics"], False) & np.ma.filled(found["has_data"], False)

    def agrees(self, block: Block, part: Part) -> bool:
        """Whether the rows `part` say all that the plain lines of `block` say."""
        lines = block.lines - len(block.others)
        present = sum(cells.present(part) for cells in self._cells)
        if present != block.cells or self._times.present(part) != lines or not self._is_event[part].all():
            return False
        return self._is_exact(block, part)

    def append_to(self, table: EventTable, part: Part) -> None:
        """Append the rows `part` that have a step to `table`."""
        times = self._times.values[part]
        if not len(times):
            return
        steps, kept = self._steps(part)
        columns = []
        for name, cells in zip(self._names, self._cells, strict=True):
            rows, values = _take(cells, part, kept)
            if name.text not in STEPS and len(values):
                columns.append((name.text, rows, values, name.integral and not np.any(values % 1)))
        table.append_rows(steps, times if kept is None else times[kept], columns)

    def _is_exact(self, block: Block, part: Part) -> bool:
        """Whether no value was an integer too large for a double, and every non-finite one a NaN or Infinity:
        DuckDB also takes `-NaN` and `1e999`."""
        nonfinite = 0
        for cells in (self._times, *self._cells):
            if not cells.calm:
                values = cells.known(part)
                finite = np.isfinite(values)
                nonfinite += len(values) - int(np.count_nonzero(finite))
                if bool(np.any(np.abs(values[finite]) >= EXACT_INTEGER)):
                    return False
        return nonfinite == block.nonfinite and not block.negative_nan

    def _steps(self, part: Part) -> tuple[np.ndarray, np.ndarray | None]:
        """Return (steps, the rows that say one or None for all)."""
        by_name = {name.text: cells for name, cells in zip(self._names, self._cells, strict=True)}
        value = np.full(len(self._times.values[part]), np.nan)
        for key in ("step", "global_step"):
            if (cells := by_name.get(key)) is not None:
                value = cells.over(part, value)
        valid = np.abs(value) < _STEP_LIMIT
        if valid.all():
            return value.astype(np.int64), None
        kept = np.flatnonzero(valid)
        return value[kept].astype(np.int64), kept


def _cells(column: Any) -> _Cells:
    values = np.asarray(np.ma.getdata(column), np.float64)
    missing = np.ma.getmaskarray(column) if np.ma.is_masked(column) else None
    calm = len(values) > 0 and bool(values.min() > -EXACT_INTEGER) and bool(values.max() < EXACT_INTEGER)
    return _Cells(values, missing, calm)


def _take(cells: _Cells, part: Part, kept: np.ndarray | None) -> tuple[np.ndarray | None, np.ndarray]:
    """Return (rows or None for all, values) of the cells that are there, rows counted among `kept`."""
    values = cells.values[part] if kept is None else cells.values[part][kept]
    if cells.missing is None:
        return None, values
    present = ~(cells.missing[part] if kept is None else cells.missing[part][kept])
    return np.flatnonzero(present), values[present]
