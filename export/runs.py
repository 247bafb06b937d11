"""The rows of tables about runs: one per run, or one per metric and step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from runicorn.export.table import flatten

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord

Table = tuple[list[str], Iterator[Sequence[Any]]]
"""Column names, and rows as long as these."""

RUN_COLUMNS = (
    "run_id",
    "project",
    "name",
    "status",
    "created_at",
    "duration_s",
    "best_metric_name",
    "best_metric_value",
    "best_metric_step",
    "tags",
    "notes",
)
METRIC_COLUMNS = ("run_id", "project", "name", "metric", "step", "time", "value")


def unique(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Return `runs` without those whose id an earlier one has: a page is reached by the id alone."""
    first: dict[str, RunRecord] = {}
    for run in runs:
        first.setdefault(run.id, run)
    return list(first.values())


def run_rows(runs: Sequence[RunRecord]) -> Table:
    """Return a row per run: what it is, then `config.<key>` and `summary.<key>`, every key of any run by name."""
    configs = [flatten(run.config) for run in runs]
    summaries = [flatten(run.summary) for run in runs]
    config_keys = sorted({key for config in configs for key in config})
    summary_keys = sorted({key for summary in summaries for key in summary if not key.startswith("best_metric_")})
    columns = [*RUN_COLUMNS, *(f"config.{key}" for key in config_keys), *(f"summary.{key}" for key in summary_keys)]
    rows = (
        [*_facts(run), *map(config.get, config_keys), *map(summary.get, summary_keys)]
        for run, config, summary in zip(runs, configs, summaries, strict=True)
    )
    return columns, rows


def metric_rows(reader: Reader, runs: Sequence[RunRecord]) -> Table:
    """Return a row per run, metric and step, in full resolution; numbers that are not finite stay what they are."""
    return list(METRIC_COLUMNS), (row for run in runs for row in _points(reader, run))


def _facts(run: RunRecord) -> list[Any]:
    return [
        run.id,
        run.project,
        run.name,
        run.status,
        run.created_time,
        run.duration_s,
        run.best_metric_name,
        run.best_metric_value,
        run.best_metric_step,
        ", ".join(run.tags),
        run.notes,
    ]


def _points(reader: Reader, run: RunRecord) -> Iterator[Sequence[Any]]:
    names = [fact.name for fact in reader.metrics.facts(run) if fact.kind == "number"]
    for name in names:
        (series,) = reader.metrics.series(run, [name], x="time", max_points=None).series
        for step, seconds, value in zip(series.steps.tolist(), series.x.tolist(), series.values.tolist(), strict=True):
            yield run.id, run.project, run.name, name, step, seconds, value
