"""Several runs side by side: which parameters differ, what came out, and the metrics they share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runicorn.errors import RunNotFound
from runicorn.export import context, curves, formats, table
from runicorn.export.shown_sql import documents_sql

if TYPE_CHECKING:
    from runicorn.query import Reader
    from runicorn.query.facts import MetricFacts
    from runicorn.query.records import RunRecord
    from runicorn.query.values import MediaRecord

MAX_RUNS = 50
MAX_IMAGE_KEYS = 24
MAX_IMAGES = 100
"""Of one key and run, the latest."""
_EMBEDDED_LINES = 48
_FEWEST_POINTS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter or result of every run, None where a run has none. `deltas` are against the first run."""

    key: str
    values: list[Any]
    differs: bool
    deltas: list[float | None]


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """What `MetricFacts` says, for several runs together: points of all, lowest and highest of all."""

    name: str
    count: int
    min: float | None
    max: float | None
    nonfinite_count: int
    first_nonfinite_step: int | None
    last: float | None = None


@dataclass(frozen=True, slots=True)
class SharedImages:
    """The images of one key as columns (index of the run, run, its images by step)."""

    key: str
    columns: list[tuple[int, RunRecord, list[MediaRecord]]]


def compare_page(
    reader: Reader,
    run_ids: Sequence[str],
    *,
    embed: int | None = None,
    points: int = curves.POINTS,
    travelling: bool = False,
) -> dict[str, Any]:
    """Return the page that compares runs, in the order given; the first is what the others are measured against.

    `embed` is how many metrics bring their points along; by default as many as fit for so many runs. A page that is
    `travelling` has no server to ask for other axes.
    """
    runs, missing = _find(reader, run_ids)
    facts = [reader.metrics.facts(run) for run in runs]
    numeric = [[fact for fact in known if fact.kind == "number"] for known in facts]
    groups = curves.group_metrics(merge_facts(numeric))
    names = [fact.name for _, group in groups for fact in group]
    first = names[: max(1, _EMBEDDED_LINES // max(1, len(runs))) if embed is None else embed]
    offered = curves.offered_axes(reader, runs)
    axes = curves.own_axes(runs, names, offered)
    answers = [
        curves.series_json(run.id, answer)
        for run in runs
        for answer in curves.curves_of(reader, run, first, axes, travelling=travelling, points=points)
    ]
    parameters = rows([table.flatten(run.config) for run in runs])
    shown = {
        "runs": runs,
        "groupings": groupings(runs, parameters),
        "missing": missing,
        "left_out": max(0, len(set(run_ids)) - MAX_RUNS),
        "parameters": parameters,
        "parameters_sql": documents_sql("params", [run.id for run in runs]),
        "results_sql": documents_sql("summaries", [run.id for run in runs]),
        "results": rows([context.summary_values(run) for run in runs]),
        "surroundings": rows([_surroundings(run) for run in runs]),
        "groups": curves.first_cards(groups),
        "hidden_metrics": max(0, len(names) - curves.MAX_CARDS),
        "shapes": {run.id: context.shape(reader, run, known) for run, known in zip(runs, facts, strict=True)},
        "images": shared_images(reader, runs),
        "chart_data": curves.chart_data(runs, answers, axes, offered),
    }
    return {"page": "runs", "root": str(reader.root), "shown": shown}


def can_compare(runs: Sequence[RunRecord]) -> bool:
    """Tell whether a comparison of `runs` says something and can show all of them."""
    return 1 < len(runs) <= MAX_RUNS


def whole_comparison(reader: Reader, runs: Sequence[RunRecord], *, budget: int) -> dict[str, Any]:
    """Return the page that compares `runs` with the points of every metric, thinned to about `budget` points in all."""
    lines = sum(len(reader.metrics.facts(run)) for run in runs)
    points = min(curves.POINTS, max(_FEWEST_POINTS, budget // max(1, lines)))
    page = compare_page(reader, [run.id for run in runs], embed=lines, points=points, travelling=True)
    return {**page, "page": "compare"}


def shared_images(reader: Reader, runs: Sequence[RunRecord]) -> list[SharedImages]:
    """Return the images that have a file, by key; of many keys those that most runs have."""
    found: dict[str, list[tuple[int, RunRecord, list[MediaRecord]]]] = {}
    for index, run in enumerate(runs):
        images: dict[str, list[MediaRecord]] = {}
        for image in reader.media.list(run, ["image"]):
            if image.file is not None:
                images.setdefault(image.key, []).append(image)
        for key, group in images.items():
            latest = sorted(group, key=lambda image: image.step or 0)[-MAX_IMAGES:]
            found.setdefault(key, []).append((index, run, latest))
    keys = sorted(found, key=lambda key: (-len(found[key]), key))[:MAX_IMAGE_KEYS]
    return [SharedImages(key, found[key]) for key in keys]


def rows(documents: Sequence[dict[str, Any]]) -> list[Row]:
    """Put documents side by side, those that differ first, then by key."""
    keys = sorted({key for document in documents for key in document})
    made = [_row(key, [document.get(key) for document in documents]) for key in keys]
    return sorted(made, key=lambda row: not row.differs)


def groupings(runs: Sequence[RunRecord], parameters: Iterable[Row]) -> list[tuple[str, list[str]]]:
    """Return by what runs can be joined, and the group each then belongs to: only what makes fewer groups than runs."""
    offered = [
        ("name", [run.name or "no name" for run in runs]),
        ("project", [run.project or "no project" for run in runs]),
        ("group", [run.group or "no group" for run in runs]),
        *((row.key, [f"{row.key} = {formats.number(value)}" for value in row.values]) for row in parameters),
    ]
    return [(key, labels) for key, labels in offered if len(set(labels)) < len(labels)]


def merge_facts(facts: Sequence[Iterable[MetricFacts]]) -> list[SharedFacts]:
    """Return what is to be said about each metric over all runs, by name."""
    merged: dict[str, list[MetricFacts]] = {}
    for fact in (fact for run in facts for fact in run):
        merged.setdefault(fact.name, []).append(fact)
    return [_merge(name, merged[name]) for name in sorted(merged)]


def _merge(name: str, facts: list[MetricFacts]) -> SharedFacts:
    bad = [fact.first_nonfinite_step for fact in facts if fact.first_nonfinite_step is not None]
    return SharedFacts(
        name=name,
        count=sum(fact.count for fact in facts),
        min=min((fact.min for fact in facts if fact.min is not None), default=None),
        max=max((fact.max for fact in facts if fact.max is not None), default=None),
        nonfinite_count=sum(fact.nonfinite_count for fact in facts),
        first_nonfinite_step=min(bad, default=None),
    )


def _surroundings(run: RunRecord) -> dict[str, Any]:
    """What a run recorded of its machine, code and packages, a package by its name."""
    known = context.environment(run)
    packages = dict(package.partition("==")[::2] for package in known["packages"])
    return {**known["environment_facts"], **{f"package {name}": version for name, version in packages.items()}}


def _find(reader: Reader, run_ids: Sequence[str]) -> tuple[list[RunRecord], list[str]]:
    found, missing = [], []
    for run_id in list(dict.fromkeys(run_ids))[:MAX_RUNS]:
        try:
            found.append(reader.runs.get(run_id))
        except RunNotFound:
            missing.append(run_id)
    return found, missing


def _row(key: str, values: list[Any]) -> Row:
    differs = any(value != values[0] or isinstance(value, bool) != isinstance(values[0], bool) for value in values)
    return Row(key, values, differs, [_delta(value, values[0]) for value in values])


def _delta(value: Any, base: Any) -> float | None:
    plain = all(isinstance(number, int | float) and not isinstance(number, bool) for number in (value, base))
    return value - base if plain and value != base and math.isfinite(value - base) else None
