"""/api/experiments: the list of the Python client, tags, search and permanent deletion; PATCH /api/runs/<id>/labels"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.errors import InvalidInput, InvalidName
from runicorn.query.records import RunRecord
from runicorn.storage.labels import write_labels
from runicorn.storage.names import check_run_id
from runicorn.storage.recycle import delete_runs, find_runs
from runicorn.viewer import answers, current, records
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.experiments import find_page, matches_text, order, split_list
from runicorn.viewer.schemas.experiments import (
    ClientList,
    ClientListQuery,
    DeleteAnswer,
    DeleteBody,
    LabelsAnswer,
    LabelsBody,
    SearchAnswer,
    SearchQuery,
    Success,
    TagBody,
)

MAX_BATCH = 1000

blp = Blueprint("experiments", __name__, url_prefix="/api", description="Tags, notes, search and deletion of runs.")


@blp.get("/experiments")
@blp.arguments(ClientListQuery, location="query")
@blp.response(200, ClientList)
def list_experiments(query: dict[str, Any]) -> Response:
    """List runs, newest first."""
    runs = current.reader().runs.list_runs()
    every = {"page": 1, "per_page": len(runs) + 1, "order_by": "created_at", "order_desc": True}
    found = find_page(runs, {**query, **every})
    start, limit = query["offset"], query.get("limit", found.total)
    shown = found.runs[start : start + limit]
    return answers.respond({"experiments": [records.experiment(run) for run in shown], "total": found.total})


@blp.post("/experiments/tag")
@blp.arguments(TagBody)
@blp.response(200, Success)
def tag_experiment(body: dict[str, Any]) -> Response:
    """Tag a run; with `append` false these are its only tags."""
    if not body.get("run_id"):
        raise InvalidInput("run_id is required")
    run = current.reader().runs.get(body["run_id"])
    _label(run, {"tags": [*run.tags, *body["tags"]] if body["append"] else body["tags"]})
    return answers.respond({"success": True})


@blp.get("/experiments/search")
@blp.arguments(SearchQuery, location="query")
@blp.response(200, SearchAnswer)
def search_experiments(query: dict[str, Any]) -> Response:
    """Search runs by project, tags and text, latest change first."""
    tags = split_list(query.get("tags", ""))
    found = [
        run
        for run in current.reader().runs.list_runs(project=query.get("project") or None)
        if run.archived == query["archived"] and tags.issubset(run.tags) and matches_text(run, query.get("text", ""))
    ]
    return answers.respond({"experiments": [_found(run) for run in order(found, "updated_at", descending=True)]})


@blp.delete("/experiments/delete")
@blp.arguments(DeleteBody)
@blp.response(200, DeleteAnswer)
def delete_experiments(body: dict[str, Any]) -> Response:
    """Remove runs from the disk for good. Running ones stay, and pinned ones unless forced."""
    run_ids = _checked_ids(body.get("run_ids"))
    catalogue = current.reader().runs
    pinned = {run.id for run in catalogue.list_runs() if run.pinned} if not body["force"] else set()
    kept = {run_id: "pinned: use force" for run_id in run_ids if run_id in pinned}
    folders = find_runs(current.root(), (run_id for run_id in run_ids if run_id not in pinned))
    removal = delete_runs(current.root(), folders.values())
    catalogue.refresh(now=True)
    kept |= removal.kept
    errors = {run_id: kept.get(run_id, "run not found") for run_id in run_ids if run_id not in removal.deleted}
    results = {run_id: run_id in removal.deleted for run_id in run_ids}
    return answers.respond({"results": results, "errors": errors, "freed_bytes": removal.freed_bytes})


@blp.patch("/runs/<run_id>/labels")
@blp.arguments(LabelsBody)
@blp.response(200, LabelsAnswer)
def change_labels(body: dict[str, Any], run_id: str) -> Response:
    """Change tags, notes, group, job type, archived or pinned of a run."""
    run = _label(current.reader().runs.get(run_id), body)
    return answers.respond({"run_id": run.id, **records.run_labels(run)})


def _label(run: RunRecord, changes: dict[str, Any]) -> RunRecord:
    write_labels(current.root(), run.files, **changes)
    catalogue = current.reader().runs
    catalogue.refresh(now=True)
    return catalogue.get(run.id)


def _found(run: RunRecord) -> dict[str, Any]:
    return {
        "id": run.id,
        "project": run.project,
        "name": run.name,
        "tags": list(run.tags),
        "description": run.notes,
        "created_at": run.created_time,
        "updated_at": run.updated_at,
        "archived": run.archived,
        "pinned": run.pinned,
    }


def _checked_ids(run_ids: object) -> list[str]:
    if not isinstance(run_ids, list) or not run_ids:
        raise InvalidInput("run_ids are required")
    if len(run_ids) > MAX_BATCH:
        raise InvalidInput(f"Cannot delete more than {MAX_BATCH} runs at once")
    try:
        return list(dict.fromkeys(check_run_id(run_id) for run_id in run_ids))
    except InvalidName as error:
        raise InvalidInput(f"run_ids: {error}") from error
