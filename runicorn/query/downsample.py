"""Thinning tables without losing what people look for.

Source: Van Der Donckt et al., "MinMaxLTTB: Leveraging MinMax-Preselection to Scale LTTB" (IEEE VIS 2023).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from tsdownsample import LTTBDownsampler

from runicorn.query.curve import Curve
from runicorn.query.table import Events

_NOT_CURVES = frozenset({"time"})
_SAMPLER = LTTBDownsampler()
_PRESELECTED = 4
"""Places looked at for each that is chosen."""


def pick_rows(events: Events, count: int) -> np.ndarray:
    """Return the ascending numbers of exactly `count` rows of a table that has more.

    In order of precedence: the first and the last row, the extremes of every metric, the shape of every metric, and
    rows at even distances.
    """
    curves = [column.curve() for name, column in sorted(events.columns.items()) if name not in _NOT_CURVES]
    chosen = _Chosen(len(events), count)
    chosen.add([0, len(events) - 1])
    extremes = [(curve, curve.extremes()) for curve in curves]
    curves = [curve for curve, places in extremes if len(places)]
    chosen.add([row for curve, places in extremes for row in curve.rows_at(places).tolist()])
    share = min(max(count // max(len(curves), 1), 4), count)
    for curve in curves:
        if chosen.is_full:
            break
        chosen.add(curve.rows_at(_pick_shape(curve, events, share)))
    chosen.fill()
    return chosen.rows()


def _pick_shape(curve: Curve, events: Events, count: int) -> np.ndarray:
    """Places that keep the shape of the curve, `count` of them where there are as many."""
    if count < 3:
        return curve.envelope(0, len(curve), 4)[:count]
    places = curve.envelope(0, len(curve), _PRESELECTED * count)
    if len(places) <= count:
        return places
    x = events.steps[curve.rows_at(places)] if events.sorted else places
    return places[_SAMPLER.downsample(x, curve.values[places], n_out=count).astype(np.int64)]


class _Chosen:
    """A set of rows that never grows beyond its limit."""

    def __init__(self, total: int, limit: int) -> None:
        self._rows = np.empty(0, np.int64)
        self._total = total
        self._limit = limit

    @property
    def is_full(self) -> bool:
        return len(self._rows) == self._limit

    def add(self, rows: Iterable[int] | np.ndarray) -> None:
        """Add `rows`, in their order, as far as there is room."""
        new = _distinct(np.asarray(rows, np.int64))
        new = new[~np.isin(new, self._rows)][: self._limit - len(self._rows)]
        self._rows = np.sort(np.append(self._rows, new))

    def fill(self) -> None:
        """Add rows spread evenly over those not chosen."""
        left = self._limit - len(self._rows)
        if left:
            ranks = np.linspace(0, self._total - len(self._rows) - 1, left).astype(np.int64)
            free_before = self._rows - np.arange(len(self._rows))
            self.add(ranks + free_before.searchsorted(ranks, "right"))

    def rows(self) -> np.ndarray:
        return self._rows


def _distinct(rows: np.ndarray) -> np.ndarray:
    """The first occurrence of each row, in order."""
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]
