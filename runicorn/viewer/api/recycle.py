"""/api/runs/soft-delete and /api/recycle-bin: into the bin, out of it, and gone for good"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.errors import InvalidInput
from runicorn.storage import recycle
from runicorn.storage.layout import RUN_ID
from runicorn.viewer import answers, current, records
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.recycle import BinPreview, Emptied, EmptyBody, RecycleBin, Restored, RunIds, SoftDeleted

MAX_BATCH = 100

blp = Blueprint("recycle", __name__, url_prefix="/api", description="The recycle bin.")


@blp.post("/runs/soft-delete")
@blp.arguments(RunIds)
@blp.response(200, SoftDeleted)
def soft_delete_runs(body: dict[str, Any]) -> Response:
    """Move runs to the recycle bin, from where they can be restored. A run that goes on running is merely hidden."""
    outcome = recycle.soft_delete_runs(current.root(), _checked_ids(body.get("run_ids"), "delete"))
    current.reader().runs.refresh(now=True)
    count = sum(problem is None for problem in outcome.values())
    message = f"Soft deleted {count} of {len(outcome)} runs"
    return answers.respond({"deleted_count": count, "results": _results(outcome), "message": message})


@blp.get("/recycle-bin")
@blp.response(200, RecycleBin)
def list_deleted_runs() -> Response:
    """List the runs in the recycle bin."""
    deleted = current.reader().runs.list_runs(deleted=True)
    return answers.respond({"deleted_runs": [records.deleted_run(run) for run in deleted]})


@blp.get("/recycle-bin/preview")
@blp.response(200, BinPreview)
def preview_empty() -> Response:
    """Show how much emptying the recycle bin would free. Files that live runs or artifacts share do not count."""
    deleted = recycle.list_deleted(current.root())
    return answers.respond({"runs": len(deleted), "freed_bytes": recycle.preview_bytes(deleted)})


@blp.post("/recycle-bin/restore")
@blp.arguments(RunIds)
@blp.response(200, Restored)
def restore_runs(body: dict[str, Any]) -> Response:
    """Take runs out of the recycle bin."""
    outcome = recycle.restore_runs(current.root(), _checked_ids(body.get("run_ids"), "restore"))
    current.reader().runs.refresh(now=True)
    count = sum(problem is None for problem in outcome.values())
    message = f"Restored {count} of {len(outcome)} runs"
    return answers.respond({"restored_count": count, "results": _results(outcome), "message": message})


@blp.post("/recycle-bin/empty")
@blp.arguments(EmptyBody)
@blp.response(200, Emptied)
def empty_bin(body: dict[str, Any]) -> Response:
    """Remove everything in the recycle bin from the disk for good, but runs that are still running."""
    if not body.get("confirm"):
        raise InvalidInput("Must set confirm=true to permanently delete")
    removal = recycle.empty_bin(current.root())
    current.reader().runs.refresh(now=True)
    count = len(removal.deleted)
    return answers.respond(
        {
            "permanently_deleted": count,
            "message": f"Permanently deleted {count} runs",
            "freed_bytes": removal.freed_bytes,
            "kept": removal.kept,
        }
    )


def _checked_ids(run_ids: object, verb: str) -> list[str]:
    """One bad id refuses the batch, so that a refused call has changed nothing."""
    if not isinstance(run_ids, list) or not run_ids:
        raise InvalidInput("run_ids is required and must be a list")
    if len(run_ids) > MAX_BATCH:
        raise InvalidInput(f"Cannot {verb} more than {MAX_BATCH} runs at once")
    for run_id in run_ids:
        if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
            raise InvalidInput(f"Invalid run_id format: {str(run_id)[:100]}")
    return run_ids


def _results(outcome: dict[str, str | None]) -> dict[str, dict[str, Any]]:
    return {
        run_id: {"success": True} if problem is None else {"success": False, "error": problem}
        for run_id, problem in outcome.items()
    }
