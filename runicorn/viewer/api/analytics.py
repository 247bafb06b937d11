"""GET /api/v2/analytics/summary, /overview, /projects, /performance-trends and /health"""

from __future__ import annotations

import time
from typing import Any

from flask import Response

from runicorn.query.records import RunRecord
from runicorn.viewer import analytics, answers, current
from runicorn.viewer.api.health import hit_rate
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.analytics import DaysQuery, HealthFigures, Overview, ProjectFigures, Trend, TrendQuery

STORAGE = {"storage_type": "files", "backend_type": "DuckDB"}
MEBIBYTE = 1024 * 1024

blp = Blueprint("analytics", __name__, url_prefix="/api/v2/analytics", description="Figures over all runs.")


@blp.get("/overview")
@blp.response(200, Overview)
def show_overview() -> Response:
    """Show how many runs there are, how they ended and how much they hold."""
    live, performance = _ask()
    deleted = current.reader().runs.list_runs(deleted=True)
    size = current.viewer().root_size.read(current.root())
    counts = analytics.count_runs(live, deleted)
    figures = {
        "total_experiments": counts["total_experiments"],
        "active_experiments": len(live),
        "deleted_experiments": len(deleted),
        "storage_size_bytes": size,
    }
    return answers.respond(
        {
            "overview": {**counts, "storage_size_mb": round(size / MEBIBYTE, 3), "query_performance": performance},
            "storage_info": {**STORAGE, "statistics": figures, "performance": performance},
            "generated_at": time.time(),
        }
    )


@blp.get("/summary")
@blp.response(200, Overview)
def show_summary() -> Response:
    """Show the same as the overview, under its other documented name."""
    return show_overview()


@blp.get("/projects")
@blp.arguments(DaysQuery, location="query")
@blp.response(200, ProjectFigures)
def show_projects(query: dict[str, Any]) -> Response:
    """Show how many runs each project made lately, and how they ended."""
    live, _ = _ask()
    projects = analytics.count_projects(analytics.since(live, query["days"]))
    return answers.respond({"projects": projects, "analysis_period_days": query["days"], "generated_at": time.time()})


@blp.get("/performance-trends")
@blp.arguments(TrendQuery, location="query")
@blp.response(200, Trend)
def show_trend(query: dict[str, Any]) -> Response:
    """Show what runs reached in a metric, day by day."""
    project = query.get("project") or None
    runs = analytics.since(current.reader().runs.list_runs(project=project), query["days"])
    return answers.respond(
        {
            "metric_name": query["metric_name"],
            "project": project,
            **analytics.trend(runs, query["metric_name"]),
            "analysis_period_days": query["days"],
            "generated_at": time.time(),
        }
    )


@blp.get("/health")
@blp.response(200, HealthFigures)
def show_health_figures() -> Response:
    """Show what needs attention: damaged files, runs that died, a full disk."""
    live, performance = _ask()
    issues = analytics.find_issues(live, current.root())
    word, score = analytics.grade(issues)
    return answers.respond(
        {
            "health_status": word,
            "health_score": score,
            "issues": issues,
            "performance": {"test_query_time_ms": performance["avg_query_time_ms"], **performance},
            "storage": {
                **STORAGE,
                "db_size_mb": round(current.viewer().root_size.read(current.root()) / MEBIBYTE, 3),
                "total_experiments": len(live),
            },
            "checked_at": time.time(),
        }
    )


def _ask() -> tuple[list[RunRecord], dict[str, float]]:
    """Return the live runs, and how long asking for them took beside the cache's rate of hits."""
    started = time.perf_counter()
    runs = current.reader().runs.list_runs()
    taken = round((time.perf_counter() - started) * 1000, 3)
    rate = hit_rate(current.reader().metrics.cache_stats())
    return runs, {"avg_query_time_ms": taken, "cache_hit_rate": round(rate, 4)}
