"""The facts of many runs at once. What they mean, and how one run's are found: `facts`."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from runicorn.query.columns import NUMBER, Column
from runicorn.query.facts import MetricFacts, metric_facts
from runicorn.query.stacks import Stack

_KINDS = ("number", "boolean", "text", "null")


def stack_facts(stack: Stack) -> list[list[MetricFacts]]:
    """Return the facts of every run of `stack`, by name of the metric, as `metric_facts` gives them."""
    if len(stack.runs) == 1:
        return [metric_facts(stack.events)]
    facts: list[list[MetricFacts]] = [[] for _ in stack.runs]
    for name, column in sorted(stack.events.columns.items()):
        if name != "time" and len(column):
            for owner, fact in _column_facts(name, column, stack):
                facts[owner].append(fact)
    return facts


def _column_facts(name: str, column: Column, stack: Stack) -> Iterator[tuple[int, MetricFacts]]:
    """Yield (owner, facts) of every run in which `column` was logged."""
    rows = column.row_numbers()
    owners, steps = stack.owners[rows], stack.events.steps[rows]
    begins = np.flatnonzero(np.concatenate([[True], owners[1:] != owners[:-1]]))
    ends = np.append(begins[1:], len(owners)) - 1
    values = column.numbers()
    finite = np.isfinite(values)
    low, low_step = _extreme(np.minimum, values, finite, begins, ends, steps)
    high, high_step = _extreme(np.maximum, values, finite, begins, ends, steps)
    bad = column.is_number() & ~finite
    columns = (
        owners[begins].tolist(),
        _kinds(column, begins),
        (ends - begins + 1).tolist(),
        steps[begins].tolist(),
        steps[ends].tolist(),
        [value if math.isfinite(value) else None for value in values[ends].tolist()],
        low,
        low_step,
        high,
        high_step,
        _means(values, finite, begins, ends),
        np.add.reduceat(bad, begins, dtype=np.int64).tolist(),
        _steps_at(_first_places(bad, begins), steps),
    )
    for owner, *rest in zip(*columns, strict=True):
        yield owner, MetricFacts(name, *rest)


def _extreme(
    of: np.ufunc, values: np.ndarray, finite: np.ndarray, begins: np.ndarray, ends: np.ndarray, steps: np.ndarray
) -> tuple[list[float | None], list[int | None]]:
    """The lowest or highest finite value of every stretch and the step where it is first met."""
    worst = np.inf if of is np.minimum else -np.inf
    found = of.reduceat(np.where(finite, values, worst), begins)
    places = _first_places(finite & (values == np.repeat(found, ends - begins + 1)), begins)
    return [None if place is None else float(values[place]) for place in places], _steps_at(places, steps)


def _first_places(chosen: np.ndarray, begins: np.ndarray) -> list[int | None]:
    """The first chosen place of every stretch, None without any."""
    places = np.flatnonzero(chosen)
    stretches, first = np.unique(begins.searchsorted(places, "right") - 1, return_index=True)
    found: list[int | None] = [None] * len(begins)
    for stretch, place in zip(stretches.tolist(), places[first].tolist(), strict=True):
        found[stretch] = place
    return found


def _steps_at(places: list[int | None], steps: np.ndarray) -> list[int | None]:
    return [None if place is None else int(steps[place]) for place in places]


def _means(values: np.ndarray, finite: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> list[float | None]:
    """The mean of the finite values of every stretch, without overflow on the way to it."""
    counts = np.add.reduceat(finite, begins, dtype=np.int64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        means = (np.add.reduceat(np.where(finite, values, 0), begins) / counts).tolist()
    for place, count in enumerate(counts.tolist()):
        if not count:
            means[place] = None
        elif not math.isfinite(means[place]):
            part = slice(begins[place], ends[place] + 1)
            means[place] = float((values[part][finite[part]] / count).sum())
    return list(means)


def _kinds(column: Column, begins: np.ndarray) -> list[str]:
    """The first kind of _KINDS that any value of a stretch is."""
    if column.codes is None:
        return ["number"] * len(begins)
    kinds = np.array([NUMBER, *map(_kind, column.table)])
    return [_KINDS[kind] for kind in np.minimum.reduceat(kinds[column.codes[:]], begins).tolist()]


def _kind(value: object) -> int:
    if isinstance(value, bool):
        return 1
    if isinstance(value, (int, float)):
        return 0
    return 2 if isinstance(value, str) else 3
