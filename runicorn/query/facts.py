"""What can be said about a metric in one line: its extremes, its mean, its last value, its first bad step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from runicorn.query.chunks import Array
from runicorn.query.columns import Column
from runicorn.query.table import Events

_FEW = 16
"""So few values are gone through one by one: a run may have a hundred thousand metrics with hardly any."""


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """One metric of one run. `count` counts its values, one per step; `last` is the value at `last_step`, None when
    that is not a finite number. Extremes and mean are over the finite numbers, None without any.

    `kind` is "number", "boolean", "text" or "null", the first of these that any value is.
    """

    name: str
    kind: str
    count: int
    first_step: int
    last_step: int
    last: float | None
    min: float | None
    min_step: int | None
    max: float | None
    max_step: int | None
    mean: float | None
    nonfinite_count: int
    first_nonfinite_step: int | None


def metric_facts(merged: Events) -> list[MetricFacts]:
    """Return the facts of every metric by name; the time of logging is none of them."""
    return [_facts(name, column, merged.steps) for name, column in sorted(merged.columns.items()) if name != "time"]


def _facts(name: str, column: Column, steps: Array) -> MetricFacts:
    if column.codes is None and len(column) <= _FEW:
        return _few_facts(name, column.values[:].tolist(), steps[column.row_numbers()].tolist())
    curve = column.curve()
    ends = steps[column.rows_at(np.array([0, len(column) - 1]))].tolist()
    last = column.take(np.array([len(column) - 1]), None).numbers()[0]
    extremes = curve.extremes()
    bad = curve.bad_places(0, len(curve), 1)
    low, high = curve.values[extremes].tolist() or (None, None)
    low_step, high_step = steps[curve.rows_at(extremes)].tolist() or (None, None)
    [first_bad] = steps[curve.rows_at(bad)].tolist() or [None]
    return MetricFacts(
        name=name,
        kind=_kind(column),
        count=len(column),
        first_step=ends[0],
        last_step=ends[1],
        last=float(last) if math.isfinite(last) else None,
        min=low,
        min_step=low_step,
        max=high,
        max_step=high_step,
        mean=curve.mean(),
        nonfinite_count=curve.bad_count(),
        first_nonfinite_step=first_bad,
    )


def _few_facts(name: str, values: list[float], steps: list[int]) -> MetricFacts:
    """The same of a few numbers, told without an array for each fact."""
    finite = [place for place, value in enumerate(values) if math.isfinite(value)]
    bad = [place for place, value in enumerate(values) if not math.isfinite(value)]
    low = min(finite, key=values.__getitem__, default=None)
    high = max(finite, key=values.__getitem__, default=None)
    return MetricFacts(
        name=name,
        kind="number",
        count=len(values),
        first_step=steps[0],
        last_step=steps[-1],
        last=values[-1] if math.isfinite(values[-1]) else None,
        min=None if low is None else values[low],
        min_step=None if low is None else steps[low],
        max=None if high is None else values[high],
        max_step=None if high is None else steps[high],
        mean=_mean([values[place] for place in finite]) if finite else None,
        nonfinite_count=len(bad),
        first_nonfinite_step=steps[bad[0]] if bad else None,
    )


def _mean(values: list[float]) -> float:
    """The mean, without overflow on the way to it."""
    mean = sum(values) / len(values)
    return mean if math.isfinite(mean) else sum(value / len(values) for value in values)


def _kind(column: Column) -> str:
    if column.codes is None:
        return "number"
    used = [column.table[code - 1] if code else 0.0 for code in np.unique(column.codes[:]).tolist()]
    if any(isinstance(value, (int, float)) and not isinstance(value, bool) for value in used):
        return "number"
    if any(isinstance(value, bool) for value in used):
        return "boolean"
    return "text" if any(isinstance(value, str) for value in used) else "null"
