"""Arrays that grow at their end and are never copied for it: whole pieces, and a last one that fills up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

CHUNK = 1 << 18
"""How many values a piece takes up before the next one is begun."""

_FIRST_ROOM = 16


class Chunks:
    """Several arrays that read as one and never change.

    Slices, places and `searchsorted` work as those of NumPy do; a slice across pieces is a copy.
    """

    __slots__ = ("_parts", "_starts")

    def __init__(self, parts: Sequence[np.ndarray]) -> None:
        self._parts = parts
        self._starts = np.cumsum([0, *map(len, parts)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return self._stretch(*key.indices(len(self)))
        places = np.asarray(key)
        if not places.ndim:
            return self._gather(places.reshape(1))[0]
        return self[:][places] if places.dtype == bool else self._gather(places)

    def searchsorted(self, values: Any, side: Any = "left") -> Any:
        """Where `values` belong in this ascending array."""
        wanted = np.atleast_1d(values)
        owners = np.array([part[-1] for part in self._parts]).searchsorted(wanted, side)
        found = np.full(len(wanted), len(self))
        for number in np.unique(owners[owners < len(self._parts)]).tolist():
            mine = owners == number
            found[mine] = self._starts[number] + self._parts[number].searchsorted(wanted[mine], side)
        return found if np.ndim(values) else found[0]

    def _stretch(self, start: int, stop: int, step: int) -> np.ndarray:
        if start >= stop:
            return self._parts[0][:0]
        if step != 1:
            return np.concatenate(self._parts)[start:stop:step]
        starts = zip(self._starts.tolist(), self._parts, strict=False)
        pieces = [part[max(start - first, 0) : stop - first] for first, part in starts if first < stop]
        pieces = [piece for piece in pieces if len(piece)]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _gather(self, places: np.ndarray) -> np.ndarray:
        places = np.where(places < 0, places + len(self), places)
        owners = self._starts.searchsorted(places, "right") - 1
        found = np.empty(len(places), self._parts[0].dtype)
        for number in np.unique(owners).tolist():
            mine = owners == number
            found[mine] = self._parts[number][places[mine] - self._starts[number]]
        return found


Array = np.ndarray | Chunks
"""What both can do is asked of either: `[:]` is always NumPy's."""


class GrowArray:
    """An array that grows at its end; what that costs does not depend on how long it is.

    A `view` is never changed by later growth, so readers may keep it.
    """

    __slots__ = ("_full", "_full_size", "_last", "size")

    def __init__(self, dtype: Any) -> None:
        self._full: list[np.ndarray] = []
        self._full_size = 0
        self._last = np.empty(0, dtype)
        self.size = 0

    def extend(self, values: Sequence[Any] | np.ndarray) -> None:
        """Append `values`; a long array of the same type is kept as it is."""
        count = len(values)
        if count >= CHUNK and isinstance(values, np.ndarray) and values.dtype == self._last.dtype:
            self._close()
            self._full.append(values)
            self._full_size = self.size = self.size + count
            return
        used = self.size - self._full_size
        if used and used + count > CHUNK:
            self._close()
            used = 0
        if used + count > len(self._last):
            self._make_room(used, count)
        self._last[used : used + count] = values
        self.size += count

    @property
    def view(self) -> Array:
        """The values so far."""
        last = self._last[: self.size - self._full_size]
        parts = [*self._full, last] if len(last) else self._full
        return Chunks(parts) if len(parts) > 1 else parts[0] if parts else last

    @property
    def nbytes(self) -> int:
        return self._last.nbytes + sum(part.nbytes for part in self._full)

    def _close(self) -> None:
        """Begin a new last piece."""
        if used := self.size - self._full_size:
            self._full.append(self._last[:used])
            self._full_size = self.size
        self._last = np.empty(0, self._last.dtype)

    def _make_room(self, used: int, more: int) -> None:
        room = max(used + more, min(2 * used, CHUNK), _FIRST_ROOM)
        last = np.empty(room, self._last.dtype)
        last[:used] = self._last[:used]
        self._last = last
