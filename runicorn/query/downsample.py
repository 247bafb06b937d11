"""Thinning curves without losing what people look for.

Source: Van Der Donckt et al., "MinMaxLTTB: Leveraging MinMax-Preselection to Scale LTTB" (IEEE VIS 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from tsdownsample import M4Downsampler, MinMaxLTTBDownsampler

from runicorn.query.columns import Column

_NOT_CURVES = frozenset({"time"})
_SAMPLER = MinMaxLTTBDownsampler()
_ENVELOPE = M4Downsampler()


def pick_points(x: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Return the ascending positions of at most `count` points, among them the first, the last and both extremes.

    `x` must not decrease and `values` be finite. At least 4 points are needed to keep all four, so fewer give the
    first of them only.
    """
    if len(values) <= count:
        return np.arange(len(values))
    must = _distinct([0, len(values) - 1, int(np.argmin(values)), int(np.argmax(values))])
    if count <= len(must):
        return np.sort(must[:count])
    picked = _sample(x, values, count - (len(must) - 2))
    return np.union1d(picked, must)[:count] if len(picked) < count else picked


def pick_envelope(values: np.ndarray, count: int) -> np.ndarray:
    """Return the ascending positions of at most `count` (at least 4) values: first, last, lowest and highest of
    buckets of equally many. `values` must be finite.

    Source: Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation" (VLDB 2014).
    """
    if len(values) <= count:
        return np.arange(len(values))
    values = np.ascontiguousarray(values, np.float64)
    return np.unique(_ENVELOPE.downsample(values, n_out=max(count // 4, 1) * 4).astype(np.int64))


def pick_rows(steps: np.ndarray, columns: Mapping[str, Column], count: int) -> np.ndarray:
    """Return the ascending numbers of exactly `count` rows of a table that has more.

    In order of precedence: the first and the last row, the extremes of every metric, the shape of every metric, and
    rows at even distances.
    """
    curves = [curve for name, column in columns.items() if name not in _NOT_CURVES and (curve := _curve(column))]
    total = len(steps)
    chosen = _Chosen(total, count)
    chosen.add([0, total - 1])
    chosen.add([row for rows, values in curves for row in (rows[np.argmin(values)], rows[np.argmax(values)])])
    share = max(count // max(len(curves), 1), 4)
    for rows, values in curves:
        if chosen.is_full:
            break
        chosen.add(rows[pick_points(steps[rows], values, min(share, count))])
    chosen.fill()
    return chosen.rows()


class _Chosen:
    """A set of rows that never grows beyond its limit."""

    def __init__(self, total: int, limit: int) -> None:
        self._mask = np.zeros(total, bool)
        self._left = limit

    @property
    def is_full(self) -> bool:
        return self._left == 0

    def add(self, rows: Iterable[int] | np.ndarray) -> None:
        """Add `rows`, in their order, as far as there is room."""
        rows = np.asarray(rows, np.int64)
        new = _distinct(rows[~self._mask[rows]])[: self._left]
        self._mask[new] = True
        self._left -= len(new)

    def fill(self) -> None:
        """Add rows spread evenly over those not chosen."""
        if self._left:
            free = np.flatnonzero(~self._mask)
            self.add(free[np.linspace(0, len(free) - 1, self._left).astype(np.int64)])

    def rows(self) -> np.ndarray:
        return np.flatnonzero(self._mask)


def _curve(column: Column) -> tuple[np.ndarray, np.ndarray] | None:
    values = column.numbers()
    finite = np.isfinite(values)
    if not finite.any():
        return None
    rows = column.row_numbers()
    return (rows, values) if finite.all() else (rows[finite], values[finite])


def _sample(x: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """The sampler needs room for one bucket between the ends."""
    if count < 3:
        return np.array([0, len(values) - 1][:count])
    values = np.ascontiguousarray(values, np.float64)
    return np.unique(_SAMPLER.downsample(np.ascontiguousarray(x), values, n_out=count).astype(np.int64))


def _distinct(rows: Iterable[int] | np.ndarray) -> np.ndarray:
    """The first occurrence of each row, in order."""
    rows = np.asarray(rows, np.int64)
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]
