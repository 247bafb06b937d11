"""Runs taken together: mean and spread of a metric over the runs of a group, seeds for instance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from runicorn.errors import QueryError
from runicorn.query.metrics import Metrics
from runicorn.query.records import RunRecord
from runicorn.query.views import flatten

_FIELDS = ("project", "name", "status", "group", "job_type", "hostname", "id")


@dataclass(frozen=True, slots=True)
class Band:
    """One group: all arrays have the same length, x ascends and was logged by a run of the group.

    At each x every run counts once, by the mean of its finite values there. `std` is the sample's standard deviation
    and `stderr` that over the root of `count`; both are NaN where `count` is 1.
    """

    group: str | None
    run_ids: list[str]
    x: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    stderr: np.ndarray
    min: np.ndarray
    max: np.ndarray
    count: np.ndarray


def read_bands(
    metrics: Metrics,
    runs: Iterable[RunRecord],
    name: str,
    *,
    group_by: str | None = None,
    x: str = "step",
    start: float | None = None,
    stop: float | None = None,
    max_points: int = 500,
) -> list[Band]:
    """Return a band for every group of `runs`, by group; runs that never logged `name` are left out.

    `group_by` is project, name, status, group, job_type, hostname, id, tags (a run is in the group of each of its
    tags), config.KEY or summary.KEY; without it all runs are one group. Where a group has more than `max_points`
    different x, neighbours are taken together; what another group has changes nothing.
    Raises QueryError for a field that is none of these.
    """
    groups: dict[str | None, list[RunRecord]] = {}
    for run in runs:
        for group in _groups(run, group_by):
            groups.setdefault(group, []).append(run)
    bands = []
    for group in sorted(groups, key=lambda group: (group is None, group or "")):
        curves = [(run.id, _points(metrics, run, name, x, start, stop)) for run in groups[group]]
        logged = [(run_id, curve) for run_id, curve in curves if len(curve[0])]
        if logged:
            bands.append(_band(group, [run_id for run_id, _ in logged], [curve for _, curve in logged], max_points))
    return bands


def _points(
    metrics: Metrics, run: RunRecord, name: str, x: str, start: float | None, stop: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """(x, values) of the finite points of one run."""
    [curve] = metrics.series(run, [name], x, start, stop, max_points=None).series
    finite = np.isfinite(curve.values)
    return curve.x[finite], curve.values[finite]


def _band(
    group: str | None, run_ids: list[str], curves: Sequence[tuple[np.ndarray, np.ndarray]], max_points: int
) -> Band:
    all_x = np.unique(np.concatenate([x for x, _ in curves]))
    bucket_of_x = np.arange(len(all_x)) * min(max_points, len(all_x)) // len(all_x)
    count = int(bucket_of_x[-1]) + 1
    means = np.full((len(curves), count), np.nan)
    for row, (x, values) in enumerate(curves):
        buckets = bucket_of_x[np.searchsorted(all_x, x)]
        points = np.bincount(buckets, minlength=count)
        with np.errstate(invalid="ignore"):
            means[row] = np.bincount(buckets, weights=values, minlength=count) / points
    shown = all_x[np.searchsorted(bucket_of_x, np.arange(count))]
    return _statistics(group, run_ids, shown, means)


def _statistics(group: str | None, run_ids: list[str], x: np.ndarray, means: np.ndarray) -> Band:
    there = ~np.isnan(means)
    count = there.sum(axis=0)
    mean = np.where(there, means, 0).sum(axis=0) / count
    squares = np.where(there, (means - mean) ** 2, 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        std = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
    return Band(
        group=group,
        run_ids=run_ids,
        x=x,
        mean=mean,
        std=std,
        stderr=std / np.sqrt(count),
        min=np.where(there, means, np.inf).min(axis=0),
        max=np.where(there, means, -np.inf).max(axis=0),
        count=count,
    )


def _groups(run: RunRecord, group_by: str | None) -> list[str | None]:
    if group_by is None:
        return [None]
    if group_by == "tags":
        return list(run.tags) or [None]
    head, _, key = group_by.partition(".")
    if head in ("config", "summary") and key:
        return [_text(dict(flatten(getattr(run, head))).get(key))]
    if group_by in _FIELDS:
        return [_text(getattr(run, group_by))]
    raise QueryError(f"Cannot group by {group_by!r}: use {', '.join(_FIELDS)}, tags, config.KEY or summary.KEY.")


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else repr(value)
