"""/api/v2/experiments: the list with filters, one in detail, fast metrics, batch deletion"""

from __future__ import annotations

import os
import time
from typing import Any

from flask import Response

from runicorn.errors import InvalidInput, InvalidName, NotFound, RunNotFound
from runicorn.query.records import RunRecord
from runicorn.storage.documents import find_object
from runicorn.storage.names import check_run_id
from runicorn.storage.recycle import soft_delete_runs
from runicorn.viewer import answers, current, records
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.experiments import find_page
from runicorn.viewer.schemas.v2 import (
    BatchAnswer,
    BatchBody,
    ExperimentDetail,
    ExperimentPage,
    FastQuery,
    FastTable,
    ListQuery,
)

MAX_BATCH = 1000

blp = Blueprint("v2", __name__, url_prefix="/api/v2/experiments", description="Runs with filters, pages and facts.")


@blp.get("")
@blp.arguments(ListQuery, location="query")
@blp.response(200, ExperimentPage)
def list_experiments(query: dict[str, Any]) -> Response:
    """List runs that pass every filter, in any order, a page at a time."""
    started = time.perf_counter()
    catalogue = current.reader().runs
    runs = catalogue.list_runs()
    if query["include_deleted"]:
        runs = runs + catalogue.list_runs(deleted=True)
    page = find_page(runs, query)
    return answers.respond(
        {
            "experiments": [records.experiment(run) for run in page.runs],
            "total": page.total,
            "page": query["page"],
            "per_page": query["per_page"],
            "has_next": query["page"] * query["per_page"] < page.total,
            "has_prev": query["page"] > 1,
            "query_time_ms": _since(started),
        }
    )


@blp.get("/<exp_id>")
@blp.response(200, ExperimentDetail)
def show_experiment(exp_id: str) -> Response:
    """Show one run and what it logged."""
    run = _get(exp_id)
    facts = current.reader().metrics.facts(run)
    steps = [step for fact in facts for step in (fact.first_step, fact.last_step)]
    return answers.respond(
        {
            "experiment": records.experiment(run),
            "metrics_summary": {
                "total_data_points": current.reader().metrics.series(run, []).total_steps,
                "available_metrics": [fact.name for fact in facts],
                "step_range": {"min": min(steps), "max": max(steps)} if steps else None,
            },
            "environment_available": bool(find_object(run.files.environment)),
            "file_count": sum(len(files) for _, _, files in os.walk(run.run_dir)),
        }
    )


@blp.get("/<exp_id>/metrics/fast")
@blp.arguments(FastQuery, location="query")
@blp.response(200, FastTable)
def show_fast_metrics(query: dict[str, Any], exp_id: str) -> Response:
    """Show chosen metrics of one run in a range of steps, thinned when asked."""
    started = time.perf_counter()
    names = [name for name in query["metric_names"].split(",") if name] if query.get("metric_names") else None
    steps = parse_step_range(query["step_range"]) if query.get("step_range") else None
    start, stop = steps or (None, None)
    table = current.reader().metrics.by_step(
        _get(exp_id), max_rows=query.get("downsample"), names=names, start=start, stop=stop
    )
    return answers.respond(
        {
            "columns": table.columns,
            "rows": table.rows(),
            "query_time_ms": _since(started),
            "total_points": table.total,
            "applied_filters": {
                "metrics": names,
                "step_range": steps,
                "downsampled": table.sampled < table.total,
            },
        }
    )


@blp.post("/batch-delete")
@blp.arguments(BatchBody)
@blp.response(200, BatchAnswer)
def delete_experiments(body: dict[str, Any]) -> Response:
    """Move runs to the recycle bin, from where they can be restored."""
    run_ids = _checked_ids(body.get("exp_ids"))
    outcome = soft_delete_runs(current.root(), run_ids, body["reason"])
    current.reader().runs.refresh(now=True)
    results = {run_id: problem is None for run_id, problem in outcome.items()}
    deleted = sum(results.values())
    return answers.respond(
        {
            "deleted": deleted,
            "failed": len(results) - deleted,
            "deleted_count": deleted,
            "results": results,
            "message": f"Soft deleted {deleted} of {len(results)} runs",
        }
    )


def parse_step_range(text: str) -> tuple[int, int]:
    """Return the two steps of `min:max`. Raises InvalidInput."""
    first, _, last = text.partition(":")
    try:
        return int(first), int(last)
    except ValueError as error:
        raise InvalidInput("Invalid step_range format, use 'min:max'") from error


def _checked_ids(run_ids: object) -> list[str]:
    """One bad id refuses the batch, so that a refused call has changed nothing."""
    if not isinstance(run_ids, list) or not run_ids:
        raise InvalidInput("exp_ids is required")
    if len(run_ids) > MAX_BATCH:
        raise InvalidInput(f"Cannot delete more than {MAX_BATCH} experiments at once")
    try:
        return [check_run_id(run_id) for run_id in run_ids]
    except InvalidName as error:
        raise InvalidInput(f"exp_ids: {error}") from error


def _get(exp_id: str) -> RunRecord:
    try:
        return current.reader().runs.get(exp_id)
    except RunNotFound as error:
        raise NotFound(f"Experiment {exp_id} not found") from error


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
