"""Runs as the HTTP API shows them. Source of the fields: docs/http-api.md, sections 1 and 4."""

from __future__ import annotations

from typing import Any

from runicorn.query.records import RunRecord

_BEST = ("best_metric_name", "best_metric_value", "best_metric_step", "best_metric_mode")


def run_item(run: RunRecord) -> dict[str, Any]:
    """Return what a list of runs says about one."""
    return {
        "id": run.id,
        "run_dir": run.files.folder,
        "created_time": run.created_time,
        "status": run.status,
        "pid": run.pid,
        "best_metric_value": run.best_metric_value,
        "best_metric_name": run.best_metric_name,
        "project": run.project,
        "name": run.name,
        "artifacts_created_count": run.artifacts_created_count,
        "artifacts_used_count": run.artifacts_used_count,
    }


def run_times(run: RunRecord) -> dict[str, Any]:
    """Return the times of a run. `created_at` and `created_time` are the same, for clients of either document."""
    return {
        "created_at": run.created_time,
        "created_time": run.created_time,
        "updated_at": run.updated_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "duration_s": run.duration_s,
    }


def run_paths(run: RunRecord) -> dict[str, str]:
    """Return where a run's files are; both kinds of metrics come from one file."""
    events = str(run.files.events)
    return {"run_dir": run.files.folder, "logs": str(run.files.logs), "metrics": events, "metrics_step": events}


def run_labels(run: RunRecord) -> dict[str, Any]:
    """Return what people say about a run."""
    return {
        "tags": list(run.tags),
        "notes": run.notes,
        "group": run.group,
        "job_type": run.job_type,
        "archived": run.archived,
        "pinned": run.pinned,
    }


def best_metric(run: RunRecord) -> dict[str, Any]:
    """Return the best value of the run's primary metric, its step and what "best" means."""
    return {key: getattr(run, key) for key in _BEST}


def run_detail(run: RunRecord) -> dict[str, Any]:
    """Return all that is known about one run without its events."""
    return {
        **run_item(run),
        **run_times(run),
        **run_paths(run),
        **run_labels(run),
        **best_metric(run),
        "stored_status": run.stored_status,
        "liveness": run.liveness,
        "hostname": run.hostname,
        "summary": run.summary,
        "config": run.config,
        "warnings": list(run.warnings),
    }


def experiment(run: RunRecord) -> dict[str, Any]:
    """Return a run as the v2 calls and `/api/experiments` show it."""
    return {
        **run_item(run),
        **run_times(run),
        **run_paths(run),
        **run_labels(run),
        **best_metric(run),
        "summary": run.summary,
        "deleted_at": run.deleted_at,
    }


def deleted_run(run: RunRecord) -> dict[str, Any]:
    """Return a run as the recycle bin lists it."""
    return {
        "id": run.id,
        "project": run.project,
        "name": run.name,
        "created_time": run.created_time,
        "deleted_at": run.deleted_at,
        "delete_reason": run.delete_reason,
        "original_status": run.original_status,
        "run_dir": run.files.folder,
    }
