"""Thinning curves without losing what people look for.

Source: Van Der Donckt et al., "MinMaxLTTB: Leveraging MinMax-Preselection to Scale LTTB" (IEEE VIS 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from tsdownsample import M4Downsampler, MinMaxLTTBDownsampler

from runicorn.query.columns import Column

_NOT_CURVES = frozenset({"time"})
_SAMPLER = MinMaxLTTBDownsampler()
_ENVELOPE = M4Downsampler()


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
    chosen = _Chosen(len(steps), count)
    chosen.add([0, len(steps) - 1])
    chosen.add([row for curve in curves for row in curve.extremes()])
    share = min(max(count // max(len(curves), 1), 4), count)
    for curve in curves:
        if chosen.is_full:
            break
        chosen.add(curve.sample(steps, share))
    chosen.fill()
    return chosen.rows()


@dataclass(frozen=True, slots=True)
class _Curve:
    """The finite numbers of a metric; `rows` is None when every row has one."""

    rows: np.ndarray | None
    values: np.ndarray

    def extremes(self) -> Iterable[int]:
        """The rows of the lowest and the highest value."""
        return self._rows(np.array([np.argmin(self.values), np.argmax(self.values)])).tolist()

    def sample(self, steps: np.ndarray, count: int) -> np.ndarray:
        """Rows that keep the shape of the curve, `count` of them where there are as many."""
        if len(self.values) <= count:
            return self._rows(np.arange(len(self.values)))
        if count < 3:
            return self._rows(np.arange(count))
        x = steps if self.rows is None else steps[self.rows]
        return self._rows(_SAMPLER.downsample(x, np.ascontiguousarray(self.values), n_out=count).astype(np.int64))

    def _rows(self, positions: np.ndarray) -> np.ndarray:
        return positions if self.rows is None else self.rows[positions]


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


def _curve(column: Column) -> _Curve | None:
    values = column.numbers()
    finite = np.isfinite(values)
    if finite.all():
        return _Curve(column.rows, values) if len(values) else None
    if not finite.any():
        return None
    return _Curve(column.row_numbers()[finite], values[finite])


def _distinct(rows: Iterable[int] | np.ndarray) -> np.ndarray:
    """The first occurrence of each row, in order."""
    rows = np.asarray(rows, np.int64)
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]
