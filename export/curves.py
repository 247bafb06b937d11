"""The curves of a page's charts: over which axis, in which groups, and the points that a page brings along."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from runicorn.storage.definitions import own_axis

if TYPE_CHECKING:
    from runicorn.query import Reader
    from runicorn.query.records import RunRecord
    from runicorn.query.series import SeriesAnswer

POINTS = 600
"""Points of a metric in a page's first data; zooming asks for more."""
UNGROUPED = 12
MAX_CARDS = 400


def series_json(run_id: str, answer: SeriesAnswer) -> dict[str, Any]:
    """Return the points of one run as the pages, the report and `/api/v2/.../series` give them. Null is not finite."""
    return {
        "run_id": run_id,
        "x": answer.x,
        "series": [
            {
                "name": line.name,
                "steps": line.steps.tolist(),
                "x": line.x.tolist(),
                "values": _finite(line.values.tolist()),
                "total": line.total,
                "nonfinite": {
                    "count": line.nonfinite.count,
                    "first_step": line.nonfinite.first_step,
                    "steps": line.nonfinite.steps,
                    "kinds": line.nonfinite.kinds,
                },
            }
            for line in answer.series
        ],
        "damage": {"lines": answer.damage.lines, "torn_tail": answer.damage.torn_tail},
        "total_steps": answer.total_steps,
    }


def offered_axes(reader: Reader, runs: Iterable[RunRecord]) -> list[str]:
    """Return the metrics that curves of `runs` may be drawn over."""
    return sorted({name for run in runs for name in reader.metrics.axes(run)})


def own_axes(runs: Iterable[RunRecord], names: Iterable[str], offered: Collection[str]) -> dict[str, str]:
    """Return which of `names` are drawn over one that is `offered`, as the first of `runs` that says so defined."""
    axes: dict[str, str] = {}
    for run in (run for run in runs if run.meta.get("metrics")):
        for name in names:
            axis = own_axis(run.meta, name)
            if axis is not None and axis in offered:
                axes.setdefault(name, axis)
    return axes


def curves_of(
    reader: Reader, run: RunRecord, names: Sequence[str], axes: dict[str, str], *, travelling: bool, points: int
) -> list[SeriesAnswer]:
    """Return the points a page brings along, an answer for each axis.

    A live page asks for other axes when they are chosen. One that travels carries wall time, which the script turns
    into steps and relative time, and each metric over its own axis besides.
    """
    by_axis = {"time": list(names)} if travelling else {"step": []}
    for name in names:
        if name in axes or not travelling:
            by_axis.setdefault(axes.get(name, "step"), []).append(name)
    return [reader.metrics.series(run, chosen, x=axis, max_points=points) for axis, chosen in by_axis.items()]


def chart_data(
    runs: Sequence[RunRecord], answers: Sequence[dict[str, Any]], axes: dict[str, str], offered: Sequence[str]
) -> dict[str, Any]:
    """What a panel of charts starts with: points by `series_json`, axes by `own_axes` and `offered_axes`."""
    return {
        "axes": axes,
        "offered": list(offered[:MAX_CARDS]),
        "runs": [
            {
                "id": run.id,
                "label": run.id,
                "live": run.status == "running",
                "start": run.started_at or run.created_time,
            }
            for run in runs
        ],
        "answers": list(answers),
    }


def group_metrics(facts: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Gather metrics by the part of their name before the first slash; a dozen or fewer stay one group, "".

    A metric alone with its prefix goes with those that have none, which come after the groups; `system` is last.
    """
    groups: dict[str, list[Any]] = {}
    for fact in facts:
        prefix, slash, _ = fact.name.partition("/")
        groups.setdefault(prefix if slash else "", []).append(fact)
    gathered = {prefix: group for prefix, group in groups.items() if prefix and len(group) > 1}
    if alone := [fact for prefix, group in groups.items() if prefix not in gathered for fact in group]:
        gathered[""] = alone
    ordered = sorted(gathered.items(), key=lambda item: (item[0] == "system", item[0] == "", item[0]))
    every = [fact for _, group in ordered for fact in group]
    return ordered if len(every) > UNGROUPED else [("", every)] if every else []


def first_cards(groups: list[tuple[str, list[Any]]]) -> list[tuple[str, list[Any]]]:
    """Cut what a page can show: a run may have metrics without number."""
    left, cut = MAX_CARDS, []
    for prefix, group in groups:
        if left > 0:
            cut.append((prefix, group[:left]))
        left -= len(group)
    return cut


def _finite(values: Iterable[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values]
