"""What can be said about a metric in one line: its extremes, its mean, its last value, its first bad step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from runicorn.query.columns import Column
from runicorn.query.table import Events


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


def _facts(name: str, column: Column, steps: np.ndarray) -> MetricFacts:
    steps = steps[column.row_numbers()]
    values = column.numbers()
    numbers = column.is_number()
    finite = np.isfinite(values)
    bad = np.flatnonzero(numbers & ~finite)
    good = np.flatnonzero(finite)
    lowest = good[np.argmin(values[good])] if len(good) else None
    highest = good[np.argmax(values[good])] if len(good) else None
    return MetricFacts(
        name=name,
        kind=_kind(column),
        count=len(values),
        first_step=int(steps[0]),
        last_step=int(steps[-1]),
        last=float(values[-1]) if finite[-1] else None,
        min=None if lowest is None else float(values[lowest]),
        min_step=None if lowest is None else int(steps[lowest]),
        max=None if highest is None else float(values[highest]),
        max_step=None if highest is None else int(steps[highest]),
        mean=_mean(values[good]),
        nonfinite_count=len(bad),
        first_nonfinite_step=int(steps[bad[0]]) if len(bad) else None,
    )


def _mean(values: np.ndarray) -> float | None:
    """The mean, without overflow on the way to it."""
    if not len(values):
        return None
    with np.errstate(over="ignore"):
        mean = float(values.sum()) / len(values)
    return mean if math.isfinite(mean) else float((values / len(values)).sum())


def _kind(column: Column) -> str:
    if column.codes is None:
        return "number"
    used = [column.table[code - 1] if code else 0.0 for code in np.unique(column.codes).tolist()]
    if any(isinstance(value, (int, float)) and not isinstance(value, bool) for value in used):
        return "number"
    if any(isinstance(value, bool) for value in used):
        return "boolean"
    return "text" if any(isinstance(value, str) for value in used) else "null"
