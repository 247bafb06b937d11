"""GET /api/runs/<id>/metrics_step, /metrics and /progress"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response

from runicorn.viewer import answers, current
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.metrics import TABLE_HEADERS, Progress, Table, TableQuery

if TYPE_CHECKING:
    from runicorn.query.tables import MetricTable

blp = Blueprint("metrics", __name__, url_prefix="/api/runs/<run_id>", description="Metrics of one run as a table.")


@blp.get("/metrics_step")
@blp.arguments(TableQuery, location="query")
@blp.response(200, Table, headers=TABLE_HEADERS)
def show_metrics_by_step(query: dict[str, Any], run_id: str) -> Response:
    """Show the metrics of a run as one row for each step."""
    reader = current.reader()
    return _table(reader.metrics.by_step(reader.runs.get(run_id), max_rows=query.get("downsample")))


@blp.get("/metrics")
@blp.arguments(TableQuery, location="query")
@blp.response(200, Table, headers=TABLE_HEADERS)
def show_metrics_by_time(query: dict[str, Any], run_id: str) -> Response:
    """Show the metrics of a run in the order of time, in seconds since its first event."""
    reader = current.reader()
    return _table(reader.metrics.by_time(reader.runs.get(run_id), max_rows=query.get("downsample")))


@blp.get("/progress")
@blp.response(200, Progress)
def show_progress(run_id: str) -> Response:
    """Say that no progress is known, for clients of old versions."""
    return answers.respond({"available": False, "status": "unknown"})


def _table(table: MetricTable) -> Response:
    answer = answers.raw(table.to_json())
    answer.headers["X-Row-Count"] = str(table.sampled)
    answer.headers["X-Total-Count"] = str(table.total)
    if table.last_step is not None:
        answer.headers["X-Last-Step"] = str(table.last_step)
    return answer
