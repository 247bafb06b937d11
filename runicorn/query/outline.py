"""What every block of a long curve amounts to, so that any stretch of it is summed up without reading all its values.

An outline is worked out when first asked for and then goes on with its curve: growth costs the new values alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter

import numpy as np

from runicorn.query.chunks import CHUNK, Array

BLOCK = 256
"""Values to a block."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """One entry per block of neighbours. `first`, `last`, `lowest` and `highest` are the places of finite values, and
    `low` and `high` are the values at the latter two: infinite where a block has no finite value. `total` is the sum
    of the finite values, `bad` counts the others."""

    first: np.ndarray
    last: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    low: np.ndarray
    high: np.ndarray
    total: np.ndarray
    bad: np.ndarray

    def __len__(self) -> int:
        return len(self.bad)

    def cut(self, start: int, stop: int) -> Blocks:
        """The blocks `start` to before `stop`."""
        return self if stop - start == len(self) else Blocks(*(part[start:stop] for part in _parts(self)))

    def join(self, *others: Blocks) -> Blocks:
        """These blocks and the `others` behind them."""
        return Blocks(*(np.concatenate(parts) for parts in zip(*map(_parts, (self, *others)), strict=True)))

    def group(self, width: int) -> Blocks:
        """Every `width` blocks as one."""
        spare = -len(self) % width
        whole = self.join(Blocks(*(part.repeat(spare) for part in _parts(_EMPTY)))) if spare else self
        first, last, lowest, highest, low, high, total, bad = (part.reshape(-1, width) for part in _parts(whole))
        rows, down, up = np.arange(len(low)), low.argmin(axis=1), high.argmax(axis=1)
        with np.errstate(over="ignore", invalid="ignore"):
            total = total.sum(axis=1)
        return Blocks(
            first=first.min(axis=1),
            last=last.max(axis=1),
            lowest=lowest[rows, down],
            highest=highest[rows, up],
            low=low[rows, down],
            high=high[rows, up],
            total=total,
            bad=bad.sum(axis=1),
        )

    def places(self) -> np.ndarray:
        """The places that are named, ascending."""
        some = self.low < np.inf
        return np.unique(np.concatenate([part[some] for part in (self.first, self.last, self.lowest, self.highest)]))


_parts = attrgetter(*(part.name for part in fields(Blocks)))
_EMPTY = Blocks(*map(np.array, ([2**62], [-1], [-1], [-1], [np.inf], [-np.inf], [0.0], [0])))
_NONE = _EMPTY.cut(0, 0)


class Outline:
    """The blocks of a curve that only ever grows at its end. All states of the curve may share it, in any thread."""

    __slots__ = ("_known", "_risen")

    def __init__(self) -> None:
        self._known = _NONE
        self._risen = (0, True)

    def sum_up(self, values: Array, start: int, stop: int, buckets: int) -> Blocks:
        """Return at most `buckets` blocks, of about as many values each, over the places `start` to before `stop`."""
        known = self._of(values)
        first, last = -(-start // BLOCK), min(stop // BLOCK, len(known))
        if first >= last:
            return _sum_up(values[start:stop], start, stop - start) if start < stop else _NONE
        inner = known.cut(first, last).group(-(-(last - first) // max(buckets - 2, 1)))
        head, tail = values[start : first * BLOCK], values[last * BLOCK : stop]
        found = _sum_up(head, start, len(head)).join(inner, _sum_up(tail, last * BLOCK, len(tail)))
        return found if len(found) <= buckets else found.group(-(-len(found) // buckets))

    def bad_places(self, values: Array, start: int, stop: int, limit: int) -> np.ndarray:
        """Return the first `limit` places from `start` to before `stop` whose value is not finite."""
        known = self._of(values)
        first = start // BLOCK
        bad = first + np.flatnonzero(known.bad[first : -(-stop // BLOCK)])
        enough = int(known.bad[bad].cumsum().searchsorted(limit + BLOCK)) + 1
        return _bad(values, np.append(_cells(bad[:enough]), _tail(known, start, stop)), start, stop)[:limit]

    def gaps(self, values: Array, start: int, stop: int) -> np.ndarray:
        """Return the first place of each run of values that are not finite."""
        known = self._of(values)
        counts = known.bad[: -(-stop // BLOCK)]
        mixed = np.flatnonzero((counts > 0) & (counts < BLOCK))
        whole = np.flatnonzero(counts == BLOCK) * BLOCK
        places = np.concatenate([_cells(mixed), whole, [start], _tail(known, start, stop)])
        places = np.unique(_bad(values, places, start, stop))
        return places[(places == start) | np.isfinite(values[np.maximum(places - 1, 0)])]

    def rises(self, values: Array) -> bool:
        """Whether all values are finite and none is below the one before."""
        count, rising = self._risen
        if rising and count < len(values):
            new = values[max(count - 1, 0) :]
            rising = bool(np.isfinite(new).all() and np.all(new[1:] >= new[:-1]))
            self._risen = (len(values), rising)
        return rising

    def _of(self, values: Array) -> Blocks:
        """The blocks that `values` fill."""
        count, known = len(values) // BLOCK, self._known
        while len(known) < count:
            start = len(known) * BLOCK
            stop = min(start + CHUNK // BLOCK * BLOCK, count * BLOCK)
            known = known.join(_sum_up(values[start:stop], start, BLOCK))
            self._known = known
        return known.cut(0, count)


def _sum_up(values: np.ndarray, offset: int, width: int) -> Blocks:
    """The blocks of `width` values each; `offset` is the place of the first value."""
    if not len(values):
        return _NONE
    grid = values.reshape(-1, width)
    finite = np.isfinite(grid)
    calm, some = bool(finite.all()), finite.any(axis=1)
    lows = grid if calm else np.where(finite, grid, np.inf)
    highs = grid if calm else np.where(finite, grid, -np.inf)
    starts = np.arange(0, len(values), width)
    lowest, highest = starts + lows.argmin(axis=1), starts + highs.argmax(axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        total = (grid if calm else np.where(finite, grid, 0.0)).sum(axis=1)
    return Blocks(
        first=np.where(some, offset + starts + finite.argmax(axis=1), _EMPTY.first),
        last=np.where(some, offset + starts + width - 1 - finite[:, ::-1].argmax(axis=1), _EMPTY.last),
        lowest=offset + lowest,
        highest=offset + highest,
        low=lows.ravel()[lowest],
        high=highs.ravel()[highest],
        total=total,
        bad=width - finite.sum(axis=1),
    )


def _cells(blocks: np.ndarray) -> np.ndarray:
    """The places of all values of `blocks`."""
    return (blocks[:, None] * BLOCK + np.arange(BLOCK)).ravel()


def _tail(known: Blocks, start: int, stop: int) -> np.ndarray:
    """The places that lie in no whole block."""
    return np.arange(max(len(known) * BLOCK, start), stop)


def _bad(values: Array, places: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Those of `places` that lie between `start` and before `stop` and have no finite value."""
    inside = places[(places >= start) & (places < stop)]
    return inside[~np.isfinite(values[inside])]
