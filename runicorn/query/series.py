"""Curves: one metric over steps, time or another metric, in any range, thinned where asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runicorn.query.columns import Column
from runicorn.query.downsample import pick_envelope
from runicorn.query.table import Events
from runicorn.query.tables import row_times
from runicorn.query.values import Damage

MAX_NONFINITE_MARKS = 1000


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
    event) or the name of a metric. `total_steps` counts the steps of the run."""

    series: list[Series]
    damage: Damage
    x: str
    total_steps: int


@dataclass(frozen=True, slots=True)
class Range:
    """Which x are asked for, both ends included, and how many points at most."""

    start: float | None = None
    stop: float | None = None
    max_points: int | None = None


def curve_names(merged: Events) -> list[str]:
    """Return the names of the metrics that hold a number somewhere, sorted; the time of logging is none of them."""
    return sorted(name for name, column in merged.columns.items() if name != "time" and column.is_number().any())


def read_series(merged: Events, names: Sequence[str], x: str, range_: Range) -> list[Series]:
    """Return the curves `names`, in that order; a name that was never logged gives an empty one."""
    axis = _axis(merged, x)
    ascends = x == "step" or _ascends(axis)
    return [_read_one(merged, name, axis, range_, ascends=ascends) for name in names]


def _read_one(merged: Events, name: str, axis: np.ndarray, range_: Range, *, ascends: bool) -> Series:
    rows, values = _points(merged.columns.get(name))
    steps, x = merged.steps[rows], axis[rows]
    finite = np.isfinite(values)
    bad = _positions(~finite)
    inside = _stretch(x, range_) if ascends else _ordered(x, range_)
    picked = None if range_.max_points is None else _thin(values[inside], range_.max_points)
    kept = _picked(inside, picked)
    marks = kept[:0] if not len(bad) else _picked(inside, np.flatnonzero(~finite[inside])[:MAX_NONFINITE_MARKS])
    nonfinite = Nonfinite(
        count=len(bad),
        first_step=int(steps[bad[0]]) if len(bad) else None,
        steps=steps[marks].tolist(),
        kinds=["nan" if np.isnan(value) else "inf" if value > 0 else "-inf" for value in values[marks]],
    )
    shown = np.where(finite[kept], values[kept], np.nan)
    return Series(name, steps[kept], x[kept], shown, len(x[inside]), nonfinite)


def _ascends(x: np.ndarray) -> bool:
    """Whether every row has an x and none is below the one before; then any selection of rows is in order, too."""
    return not np.isnan(x).any() and not bool(np.any(np.diff(x) < 0))


def _stretch(x: np.ndarray, range_: Range) -> slice:
    """The places in ascending `x` that lie in the range: one stretch, so that nothing is copied."""
    start = 0 if range_.start is None else int(np.searchsorted(x, range_.start, "left"))
    stop = len(x) if range_.stop is None else int(np.searchsorted(x, range_.stop, "right"))
    return slice(start, max(start, stop))


def _ordered(x: np.ndarray, range_: Range) -> np.ndarray:
    """The places in `x` that lie in the range, by x, those without one left out."""
    placed = np.flatnonzero(~np.isnan(x))
    placed = placed[np.argsort(x[placed], kind="stable")]
    return placed[_within(x[placed], range_)]


def _picked(inside: slice | np.ndarray, picked: np.ndarray | None) -> np.ndarray:
    """The places that `picked` (None for all) names among those `inside`."""
    if isinstance(inside, slice):
        return np.arange(inside.start, inside.stop) if picked is None else picked + inside.start
    return inside if picked is None else inside[picked]


def _positions(mask: np.ndarray) -> np.ndarray:
    return np.flatnonzero(mask) if mask.any() else np.empty(0, np.int64)


def _points(column: Column | None) -> tuple[np.ndarray | slice, np.ndarray]:
    """Return (rows, values) of the numbers of a column; a slice stands for every row."""
    if column is None:
        return np.empty(0, np.int64), np.empty(0)
    if column.codes is None:
        return slice(None) if column.rows is None else column.rows, column.values
    numbers = column.is_number()
    return column.row_numbers()[numbers], column.numbers()[numbers]


def _axis(merged: Events, x: str) -> np.ndarray:
    """The x of every row, NaN where a row has none."""
    if x == "step":
        return merged.steps.astype(np.float64)
    if x in ("time", "relative"):
        times = row_times(merged)
        known = times[~np.isnan(times)]
        return times - known.min() if x == "relative" and len(known) else times
    axis = np.full(len(merged), np.nan)
    rows, values = _points(merged.columns.get(x))
    axis[rows] = np.where(np.isfinite(values), values, np.nan)
    return axis


def _within(x: np.ndarray, range_: Range) -> np.ndarray:
    mask = np.ones(len(x), bool)
    if range_.start is not None:
        mask &= x >= range_.start
    if range_.stop is not None:
        mask &= x <= range_.stop
    return mask


def _thin(values: np.ndarray, max_points: int) -> np.ndarray:
    """Return ascending positions of at most `max_points` values, with one of each gap, as far as a quarter of them
    goes, so that no line is drawn across it."""
    if len(values) <= max_points:
        return np.arange(len(values))
    mask = np.isfinite(values)
    if mask.all():
        return pick_envelope(values, max_points)
    finite, bad = np.flatnonzero(mask), np.flatnonzero(~mask)
    gaps = bad[np.diff(bad, prepend=-2) > 1]
    room = max_points if not len(finite) else max_points // 4
    if len(gaps) > room:
        gaps = gaps[np.linspace(0, len(gaps) - 1, room).astype(np.int64)]
    return np.union1d(finite[pick_envelope(values[finite], max_points - len(gaps))], gaps)
