"""Logged values in memory: one growing pair of arrays per metric, so that a million points are a few megabytes.

A metric is stored where it was logged and nowhere else: a hundred thousand names in one run cost what was written,
not names times rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runicorn.query.chunks import Array, GrowArray
from runicorn.query.curve import Curve
from runicorn.query.outline import Outline

EXACT_INTEGER = 2**53
"""Integers below this, either sign, are exact and alone as a double; others are kept as Python integers."""

NUMBER = 0
"""The code of a cell whose value is in `values`; any other code is 1 + its place in `table`."""


@dataclass(frozen=True, slots=True)
class Column:
    """The values of one metric, in row order.

    `rows` says in which rows, ascending; None means in every one. `values` are doubles, NaN where `codes` is not
    NUMBER; `codes` is None when all are numbers. A cell of another kind (text, truth value, null, an integer of
    2**53 or more) is `table[code - 1]`. `integral` says that every number was written as an integer.
    """

    rows: Array | None
    values: Array
    codes: Array | None
    table: Sequence[Any]
    integral: bool
    outline: Outline = field(default_factory=Outline, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.values)

    def take(self, positions: np.ndarray | slice, rows: np.ndarray | None) -> Column:
        """Return the column of the cells at `positions`, which now stand in `rows`."""
        codes = None if self.codes is None else self.codes[positions]
        return Column(rows, self.values[positions], codes, self.table, self.integral)

    def keep_rows(self, rows: np.ndarray) -> Column:
        """Return the column of a table that has only the rows `rows` of this one, sorted."""
        places, positions = self.positions_in(rows)
        return self.take(positions, None if len(places) == len(rows) else places)

    def between(self, first_row: int, last_row: int) -> Column:
        """Return the column of a table that has only the rows from `first_row` to before `last_row`."""
        if self.rows is None:
            return self.take(slice(first_row, last_row), None)
        start, stop = self.rows.searchsorted(np.array([first_row, last_row])).tolist()
        dense = stop - start == last_row - first_row
        return self.take(slice(start, stop), None if dense else self.rows[start:stop] - first_row)

    def row_numbers(self) -> np.ndarray:
        """The row of every cell."""
        return np.arange(len(self.values)) if self.rows is None else self.rows[:]

    def rows_at(self, positions: np.ndarray) -> np.ndarray:
        """The rows of the cells at `positions`."""
        return positions if self.rows is None else self.rows[positions]

    def positions_in(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (places in `rows`, places in this column) of the cells that stand in the sorted `rows`."""
        if self.rows is None:
            return np.arange(len(rows)), rows
        found = self.rows.searchsorted(rows)
        hit = found < len(self.rows)
        hit[hit] = self.rows[found[hit]] == rows[hit]
        return np.flatnonzero(hit), found[hit]

    def numbers(self) -> np.ndarray:
        """The values as doubles: big integers rounded, truth values 0 and 1, NaN for text and null."""
        values = self.values[:]
        if self.codes is None or not len(self.table):
            return values
        as_number = np.array([np.nan, *(_as_number(value) for value in self.table)])
        codes = self.codes[:]
        return np.where(codes == NUMBER, values, as_number[codes])

    def is_number(self) -> np.ndarray:
        """A mask of the cells that hold a number, finite or not; truth values and big integers count."""
        if self.codes is None:
            return np.ones(len(self.values), bool)
        kinds = np.array([True, *(isinstance(value, int) for value in self.table)])
        return kinds[self.codes[:]]

    def has_number(self) -> bool:
        """Whether any cell holds a number."""
        return len(self.values) > 0 if self.codes is None else bool(self.is_number().any())

    def curve(self) -> Curve:
        """The cells that hold a number."""
        if self.codes is None:
            return Curve(self.rows, self.values, self.outline)
        numbers = self.is_number()
        return Curve(self.row_numbers()[numbers], self.numbers()[numbers])

    def texts(self) -> np.ndarray:
        """The text of every cell that is text, None for the others."""
        texts = np.array([None, *(value if isinstance(value, str) else None for value in self.table)], object)
        return np.full(len(self.values), None) if self.codes is None else texts[self.codes[:]]

    def cells(self, positions: np.ndarray) -> list[Any]:
        """Python values of the cells at `positions`; non-finite numbers become None."""
        values = self.values[positions]
        finite = np.isfinite(values)
        shown = np.where(finite, values, 0).astype(np.int64) if self.integral else values
        cells: list[Any] = shown.tolist()
        codes = None if self.codes is None else self.codes[positions]
        for place in np.flatnonzero(~finite).tolist():
            code = NUMBER if codes is None else int(codes[place])
            cells[place] = None if code == NUMBER else self.table[code - 1]
        return cells


class ColumnBuilder:
    """One metric while its file is being read."""

    __slots__ = ("_codes", "_known", "_outline", "_rows", "_values", "integral", "table")

    def __init__(self) -> None:
        self._rows: GrowArray | None = None
        self._values = GrowArray(np.float64)
        self._codes: GrowArray | None = None
        self._known: dict[Hashable, int] = {}
        self._outline = Outline()
        self.table: list[Any] = []
        self.integral = True

    def extend_dense(self, first_row: int, values: np.ndarray, *, integral: bool) -> None:
        """Append numbers in rows `first_row`, `first_row + 1`, ..."""
        rows = None if self._is_dense(first_row) else np.arange(first_row, first_row + len(values))
        self._append(rows, values, None, integral)

    def extend(self, rows: Sequence[int] | np.ndarray, values: Sequence[Any] | np.ndarray, *, integral: bool) -> None:
        """Append numbers in `rows`, which must ascend and follow those already there."""
        first = int(rows[0])
        dense = self._is_dense(first) and int(rows[-1]) - first == len(rows) - 1
        self._append(None if dense else rows, values, None, integral)

    def extend_odd(self, rows: Sequence[int] | np.ndarray, cells: Sequence[Any]) -> None:
        """Append cells of any kind a row may hold."""
        values, codes = [], []
        for cell in cells:
            plain = type(cell) is float or (type(cell) is int and -EXACT_INTEGER < cell < EXACT_INTEGER)
            values.append(float(cell) if plain else np.nan)
            codes.append(NUMBER if plain else self._code(cell))
        first = int(rows[0])
        dense = self._is_dense(first) and int(rows[-1]) - first == len(rows) - 1
        self._append(None if dense else rows, values, codes, all(type(cell) is not float for cell in cells))

    def extend_column(self, first_row: int, column: Column) -> None:
        """Append the cells of `column`, the first row of which is `first_row` here."""
        codes = None
        if column.codes is not None:
            codes = np.array([NUMBER, *map(self._code, column.table)], np.uint32)[column.codes[:]]
        dense = column.rows is None and self._is_dense(first_row)
        rows = None if dense else column.row_numbers() + first_row
        self._append(rows, column.values[:], codes, column.integral)

    def snapshot(self, rows: int) -> Column:
        """The column as it is now, in a table of `rows` rows."""
        if self._rows is None and self._values.size < rows:
            self._number_rows()
        numbers = None if self._rows is None else self._rows.view
        codes = None if self._codes is None else self._codes.view
        return Column(numbers, self._values.view, codes, self.table, self.integral, self._outline)

    @property
    def nbytes(self) -> int:
        arrays = (self._rows, self._values, self._codes)
        return sum(array.nbytes for array in arrays if array is not None) + 120 * len(self.table) + 200

    def _is_dense(self, first_row: int) -> bool:
        return self._rows is None and self._values.size == first_row

    def _append(self, rows: Any, values: Any, codes: Any, integral: bool) -> None:
        before = self._values.size
        if rows is not None and self._rows is None:
            self._number_rows()
        if codes is not None and self._codes is None:
            self._codes = GrowArray(np.uint32)
            self._codes.extend(np.zeros(before, np.uint32))
        self._values.extend(values)
        if self._rows is not None:
            self._rows.extend(np.arange(before, before + len(values)) if rows is None else rows)
        if self._codes is not None:
            self._codes.extend(np.zeros(len(values), np.uint32) if codes is None else codes)
        self.integral = self.integral and integral

    def _number_rows(self) -> None:
        """From now on say of every cell in which row it stands; up to here it was every row."""
        self._rows = GrowArray(np.int64)
        if self._values.size:
            self._rows.extend(np.arange(self._values.size))

    def _code(self, cell: Any) -> int:
        known = self._known.setdefault((type(cell), cell), len(self.table) + 1)
        if known > len(self.table):
            self.table.append(cell)
        return known


def _as_number(value: Any) -> float:
    if not isinstance(value, int):
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def total_bytes(columns: Iterable[ColumnBuilder]) -> int:
    """What the columns hold in memory, about."""
    return sum(column.nbytes for column in columns)
