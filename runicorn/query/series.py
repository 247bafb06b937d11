"""Curves: one metric over steps, time or another metric, in any range, thinned where asked."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from runicorn.query.chunks import Array
from runicorn.query.curve import Curve
from runicorn.query.events import AXES, MAX_STEP
from runicorn.query.outline import Outline
from runicorn.query.table import Events
from runicorn.query.tables import clock
from runicorn.query.values import Damage

MAX_NONFINITE_MARKS = 1000
_FEWEST_POINTS = 8


@dataclass(frozen=True, slots=True)
class Nonfinite:
    """The points of a curve that are no finite number, in the whole run: how many, and the first step of them.

    `steps` and `kinds` ("nan", "inf" or "-inf") have the same length and name those inside the range asked for, at
    most 1000.
    """

    count: int
    first_step: int | None
    steps: list[int]
    kinds: list[str]


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: `steps` (int64), `x` (float64, never decreasing) and `values` (float64, NaN where not finite) have
    the same length; `total` counts the points in the range before thinning."""

    name: str
    steps: np.ndarray
    x: np.ndarray
    values: np.ndarray
    total: int
    nonfinite: Nonfinite


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """Curves of one run over the same kind of x: "step", "time" (Unix seconds), "relative" (seconds since the first
    event), "epoch" or the name of a metric. `total_steps` counts the steps of the run."""

    series: list[Series]
    damage: Damage
    x: str
    total_steps: int


@dataclass(frozen=True, slots=True)
class Range:
    """Which x are asked for, both ends included, and how many points at most; with `log` as many for every power of
    ten, and none where x is not above 0."""

    start: float | None = None
    stop: float | None = None
    max_points: int | None = None
    log: bool = False


@dataclass(frozen=True, slots=True)
class _Axis:
    """The x of every row: `values` less `origin`, NaN where a row has none. `rises` says that none is below the one
    before, so that any range is one stretch of rows."""

    values: Array
    rises: bool
    origin: float = 0.0

    def at(self, rows: np.ndarray) -> np.ndarray:
        return self.values[rows].astype(np.float64) - self.origin

    def stretch(self, range_: Range) -> tuple[int, int]:
        """The rows from start to before stop that lie in the range, on an axis that rises."""
        values = self.values[:] - self.origin if self.origin else self.values
        start = 0 if range_.start is None else int(values.searchsorted(self._bound(range_.start, math.ceil), "left"))
        stop = len(values)
        if range_.stop is not None:
            stop = int(values.searchsorted(self._bound(range_.stop, math.floor), "right"))
        return start, max(start, stop)

    def _bound(self, bound: float, rounding: Callable[[float], int]) -> float:
        """`bound` in the type of the values: NumPy would make doubles of all steps to compare them with one."""
        if self.values[:0].dtype != np.int64:
            return bound
        whole = rounding(bound) if math.isfinite(bound) else int(np.sign(bound)) * MAX_STEP
        return max(-MAX_STEP, min(whole, MAX_STEP))


def curve_names(merged: Events) -> list[str]:
    """Return the names of the metrics that hold a number somewhere, sorted; the time of logging is none of them."""
    return sorted(name for name, column in merged.columns.items() if name != "time" and column.has_number())


def axis_names(merged: Events) -> list[str]:
    """Return the names of all that curves can be drawn over, sorted: the curves and what else is no metric."""
    axes = [name for name in AXES if (column := merged.logged.get(name)) is not None and column.has_number()]
    return sorted([*curve_names(merged), *axes])


def read_series(merged: Events, names: Sequence[str], x: str, range_: Range) -> list[Series]:
    """Return the curves `names`, in that order; a name that was never logged gives an empty one."""
    axis = _axis(merged, x)
    stretch = axis.stretch(range_) if axis.rises else None
    return [_read_one(merged, name, axis, range_, stretch) for name in names]


def _read_one(merged: Events, name: str, axis: _Axis, range_: Range, stretch: tuple[int, int] | None) -> Series:
    column = merged.columns.get(name)
    curve = Curve(np.empty(0, np.int64), np.empty(0)) if column is None else column.curve()
    first_bad = merged.steps[curve.rows_at(curve.bad_places(0, len(curve), 1))].tolist()
    whole = curve
    if stretch is None:
        curve = _in_order(curve, axis, range_)
    start, stop = (0, len(curve)) if stretch is None else curve.between(*stretch)
    kept = _kept(curve, axis, start, stop, range_)
    marks = curve.bad_places(start, stop, MAX_NONFINITE_MARKS)
    nonfinite = Nonfinite(
        count=whole.bad_count(),
        first_step=first_bad[0] if first_bad else None,
        steps=merged.steps[curve.rows_at(marks)].tolist(),
        kinds=["nan" if np.isnan(value) else "inf" if value > 0 else "-inf" for value in curve.values[marks]],
    )
    rows, values = curve.rows_at(kept), curve.values[kept]
    shown = np.where(np.isfinite(values), values, np.nan)
    return Series(name, merged.steps[rows], axis.at(rows), shown, stop - start, nonfinite)


def _kept(curve: Curve, axis: _Axis, start: int, stop: int, range_: Range) -> np.ndarray:
    """The places from `start` to before `stop` that are shown."""

    def x(place: int) -> float:
        return float(axis.at(curve.rows_at(np.array([place])))[0])

    if range_.log:
        start = bisect_right(range(stop), 0.0, start, key=x)
    if range_.max_points is None:
        return np.arange(start, stop)
    if not range_.log or stop - start <= range_.max_points:
        return curve.thin(start, stop, range_.max_points)
    powers = 10.0 ** np.arange(math.floor(math.log10(x(start))) + 1, math.ceil(math.log10(x(stop - 1))))
    most = range_.max_points // _FEWEST_POINTS - 1
    powers = powers[:: max(1, -(-len(powers) // most))] if most > 0 else powers[:0]
    ends = [start, *(bisect_left(range(stop), power, start, key=x) for power in powers.tolist()), stop]
    return np.concatenate([curve.thin(*part, range_.max_points // (len(ends) - 1)) for part in pairwise(ends)])


def _in_order(curve: Curve, axis: _Axis, range_: Range) -> Curve:
    """What of `curve` lies in the range, in the order of an axis that does not rise; what has no x is left out."""
    rows = curve.rows_at(np.arange(len(curve)))
    x = axis.at(rows)
    order = np.argsort(x, kind="stable")
    order = order[: len(x) - int(np.count_nonzero(np.isnan(x)))]
    start, stop = _Axis(x[order], rises=True).stretch(range_)
    return Curve(rows[order[start:stop]], curve.values[order[start:stop]])


def _axis(merged: Events, x: str) -> _Axis:
    if x == "step":
        return _Axis(merged.steps, rises=True)
    if x in ("time", "relative"):
        return _time_axis(merged, relative=x == "relative")
    axis = np.full(len(merged), np.nan)
    if (column := merged.logged.get(x)) is not None:
        curve = column.curve()
        values = curve.values[:]
        axis[curve.rows_at(np.arange(len(curve)))] = np.where(np.isfinite(values), values, np.nan)
    return _Axis(axis, Outline().rises(axis))


def _time_axis(merged: Events, *, relative: bool) -> _Axis:
    times, rises = clock(merged)
    if not relative or not len(times):
        return _Axis(times, rises)
    first = times[0] if rises else np.nanmin(np.append(times[:], np.inf))
    return _Axis(times, rises, float(first) if np.isfinite(first) else 0.0)
