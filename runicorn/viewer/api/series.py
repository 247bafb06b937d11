"""GET /api/v2/runs/<id>/series, GET /api/v2/series and GET /api/metrics/<id>"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.viewer import answers, current
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.series import ManySeries, ManySeriesQuery, Points, PointsQuery, SeriesOfRun, SeriesQuery
from runicorn.viewer.series import curves_of_run, curves_of_runs, split_names

blp = Blueprint("series", __name__, url_prefix="/api", description="Metrics of one run or many, in columns.")


@blp.get("/v2/runs/<run_id>/series")
@blp.arguments(SeriesQuery, location="query")
@blp.response(200, SeriesOfRun)
def show_series(query: dict[str, Any], run_id: str) -> Response:
    """Show metrics of one run for a chart, thinned so that no spike is lost, or in full inside a zoomed range."""
    reader = current.reader()
    return answers.respond(curves_of_run(reader, reader.runs.get(run_id), query))


@blp.get("/v2/series")
@blp.arguments(ManySeriesQuery, location="query")
@blp.response(200, ManySeries)
def show_many_series(query: dict[str, Any]) -> Response:
    """Show the same metrics of many runs in one answer."""
    run_ids = split_names(query["runs"], set())
    return answers.respond(curves_of_runs(current.reader(), run_ids, query))


@blp.get("/metrics/<run_id>")
@blp.arguments(PointsQuery, location="query")
@blp.response(200, Points)
def show_points(query: dict[str, Any], run_id: str) -> Response:
    """Show the numeric points of metrics as objects, for the Python client."""
    reader = current.reader()
    run = reader.runs.get(run_id)
    names = query["metrics"].split(",") if query.get("metrics") else None
    curves = reader.metrics.series(run, names, max_points=None).series
    times = {line.name: line for line in reader.metrics.series(run, names, x="time", max_points=None).series}
    limit = query.get("limit") or 0
    metrics = {line.name: _points(line, times[line.name])[-limit:] for line in curves}
    return answers.respond({"run_id": run.id, "metrics": metrics})


def _points(line: Any, by_time: Any) -> list[dict[str, Any]]:
    times = dict(zip(by_time.steps.tolist(), by_time.x.tolist(), strict=True))
    pairs = zip(line.steps.tolist(), line.values.tolist(), strict=True)
    return [{"step": step, "value": value, "timestamp": times.get(step)} for step, value in pairs if value == value]
