"""What DuckDB parsed of an event file, and the proof that it missed nothing of a block of lines.

DuckDB is told the names of the metrics beforehand, turns text and truth values into numbers and passes over keys it
was not told of; it also takes a comma too many. So each block must show exactly the characters that its rows explain:
a colon for every key found, two quotes for every key and for `"metrics"`, a comma between keys. Each key, text or
nested value that DuckDB passed over adds to one of these counts and nothing takes away from them, so a block whose
counts agree was read whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from runicorn.query.blocks import Block
from runicorn.query.columns import EXACT_INTEGER
from runicorn.query.events import HIDDEN
from runicorn.query.table import EventTable

_FIXED = b'"ts" "type" "metrics" "data"'
_WORDS = ((b"u", b"true"), (b"s", b"false"))
"""A letter that no number has, and the word to look for where keys alone do not explain the letter."""

_STEP_LIMIT = 2.0**53


@dataclass(frozen=True, slots=True)
class Name:
    """A key of metrics events; `raw` is how it is written, `integral` whether only integers were seen."""

    text: str
    raw: bytes
    integral: bool


@dataclass(frozen=True, slots=True)
class _Cells:
    """One column: `missing` is None when nothing is. `calm` says that all values are finite and below 2**53."""

    values: np.ndarray
    missing: np.ndarray | None
    calm: bool

    def present(self, part: slice) -> int:
        count = part.stop - part.start
        return count if self.missing is None else count - int(np.count_nonzero(self.missing[part]))

    def over(self, part: slice, below: np.ndarray) -> np.ndarray:
        """The values of `part`, those of `below` where there are none."""
        values = self.values[part]
        return values if self.missing is None else np.where(self.missing[part], below, values)

    def known(self, part: slice) -> np.ndarray:
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

    def agrees(self, block: Block, file: BinaryIO, part: slice) -> bool:
        """Whether the rows `part` say all that the lines of `block` say."""
        if not block.plain or not self._is_event[part].all() or self._times.present(part) != block.lines:
            return False
        present = [cells.present(part) for cells in self._cells]
        keys = 3 * block.lines + sum(present)
        colons, commas, quotes, *letters = block.counts
        if max(present) != block.lines or quotes != 2 * keys + 2 * block.lines:
            return False
        if colons != keys + self._expected(b":", present):
            return False
        if commas != keys - 2 * block.lines + self._expected(b",", present):
            return False
        text = _Text(block, file)
        return self._is_exact(part, present, text) and all(
            count == self._expected(letter, present) + _FIXED.count(letter) * block.lines
            or text.count(word) == self._expected(word, present)
            for (letter, word), count in zip(_WORDS, letters, strict=True)
        )

    def append_to(self, table: EventTable, part: slice) -> None:
        """Append the rows `part` that have a step to `table`."""
        if part.start == part.stop:
            return
        steps, kept = self._steps(part)
        times = self._times.values[part]
        columns = []
        for name, cells in zip(self._names, self._cells, strict=True):
            rows, values = _take(cells, part, kept)
            if name.text not in HIDDEN and len(values):
                columns.append((name.text, rows, values, name.integral))
        table.append_rows(steps, times if kept is None else times[kept], columns)

    def _is_exact(self, part: slice, present: Sequence[int], text: _Text) -> bool:
        """Whether no value was an integer too large for a double, and every non-finite one a NaN or Infinity:
        DuckDB also takes `nan`, `inf`, `-NaN` and `1e999`."""
        nonfinite = 0
        for cells in (self._times, *self._cells):
            if not cells.calm:
                values = cells.known(part)
                finite = np.isfinite(values)
                nonfinite += len(values) - int(np.count_nonzero(finite))
                if bool(np.any(np.abs(values[finite]) >= EXACT_INTEGER)):
                    return False
        if not nonfinite:
            return True
        found = text.count(b"NaN") - text.count(b"-NaN") + text.count(b"Infinity")
        named = self._expected(b"NaN", present) - self._expected(b"-NaN", present)
        return found == nonfinite + named + self._expected(b"Infinity", present)

    def _expected(self, word: bytes, present: Sequence[int]) -> int:
        """How often `word` occurs in the keys that are there."""
        return sum(count * name.raw.count(word) for count, name in zip(present, self._names, strict=True))

    def _steps(self, part: slice) -> tuple[np.ndarray, np.ndarray | None]:
        """Return (steps, the rows that say one or None for all)."""
        by_name = {name.text: cells for name, cells in zip(self._names, self._cells, strict=True)}
        value = np.full(part.stop - part.start, np.nan)
        for key in ("step", "global_step"):
            if (cells := by_name.get(key)) is not None:
                value = cells.over(part, value)
        valid = np.abs(value) < _STEP_LIMIT
        if valid.all():
            return value.astype(np.int64), None
        kept = np.flatnonzero(valid)
        return value[kept].astype(np.int64), kept


class _Text:
    """The lines of a block, read when first needed."""

    def __init__(self, block: Block, file: BinaryIO) -> None:
        self._block = block
        self._file = file
        self._data: bytes | None = None

    def count(self, word: bytes) -> int:
        if self._data is None:
            self._file.seek(self._block.start)
            self._data = self._file.read(self._block.stop - self._block.start)
        return self._data.count(word)


def _cells(column: Any) -> _Cells:
    values = np.asarray(np.ma.getdata(column), np.float64)
    missing = np.ma.getmaskarray(column) if np.ma.is_masked(column) else None
    calm = len(values) > 0 and bool(values.min() > -EXACT_INTEGER) and bool(values.max() < EXACT_INTEGER)
    return _Cells(values, missing, calm)


def _take(cells: _Cells, part: slice, kept: np.ndarray | None) -> tuple[np.ndarray | None, np.ndarray]:
    """Return (rows or None for all, values) of the cells that are there, rows counted among `kept`."""
    values = cells.values[part] if kept is None else cells.values[part][kept]
    if cells.missing is None:
        return None, values
    present = ~(cells.missing[part] if kept is None else cells.missing[part][kept])
    return np.flatnonzero(present), values[present]
