"""/api/artifacts: deleting, restoring, naming, promoting and evaluating versions"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.errors import ArtifactNotFound
from runicorn.storage.artifacts import evaluations, stages, versions
from runicorn.storage.artifacts.index import Index
from runicorn.storage.artifacts.paths import VersionFolder, get_artifact
from runicorn.viewer import answers, current
from runicorn.viewer.api.artifacts import VERSION, parse_number
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas import artifacts as schemas

blp = Blueprint("artifact_changes", __name__, url_prefix="/api/artifacts", description="Changes to artifacts.")


@blp.delete("/<name>/v<version>", parameters=VERSION)
@blp.arguments(schemas.DeleteQuery, location="query")
@blp.response(200, schemas.VersionDeleted)
def delete_version(query: dict[str, Any], name: str, version: str) -> Response:
    """Mark a version as deleted, or remove it and the contents that nothing else needs from the disk."""
    found = get_artifact(current.root(), name, query.get("type")).get_version(parse_number(version))
    if not query["permanent"]:
        versions.soft_delete(found)
        return answers.respond({"success": True, "message": f"Soft deleted {found.full_name} locally"})
    freed = versions.delete_permanently(found)
    message = f"Permanently deleted {found.full_name} locally"
    return answers.respond({"success": True, "message": message, "freed_bytes": freed})


@blp.get("/<name>/v<version>/deletion-preview", parameters=VERSION)
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.DeletionPreview)
def preview_deletion(query: dict[str, Any], name: str, version: str) -> Response:
    """Show how much removing a version for good would free. Contents that other versions share do not count."""
    found = get_artifact(current.root(), name, query.get("type")).get_version(parse_number(version))
    return answers.respond({"artifact": found.full_name, "freed_bytes": versions.preview_bytes(found)})


@blp.post("/<name>/v<version>/restore", parameters=VERSION)
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.VersionDeleted)
def restore_version(query: dict[str, Any], name: str, version: str) -> Response:
    """Take the mark of a deleted version away."""
    found = get_artifact(current.root(), name, query.get("type")).get_version(parse_number(version))
    versions.restore(found)
    return answers.respond({"success": True, "message": f"Restored {found.full_name}"})


@blp.put("/<name>/aliases/<alias>")
@blp.arguments(schemas.AliasBody)
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.Aliases)
def set_alias(body: dict[str, Any], query: dict[str, Any], name: str, alias: str) -> Response:
    """Let an alias name this version, and no other one of the artifact any more."""
    folder = get_artifact(current.root(), name, query.get("type"))
    return _show_aliases(versions.set_alias(folder, alias, body["version"]))


@blp.delete("/<name>/aliases/<alias>")
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.Aliases)
def delete_alias(query: dict[str, Any], name: str, alias: str) -> Response:
    """Take an alias away."""
    folder = get_artifact(current.root(), name, query.get("type"))
    return _show_aliases(versions.remove_alias(folder, alias))


@blp.post("/<name>/v<version>/promote", parameters=VERSION)
@blp.arguments(schemas.PromoteBody)
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.Promoted)
def promote_version(body: dict[str, Any], query: dict[str, Any], name: str, version: str) -> Response:
    """Move a version to the next stage. The alias `production` follows the stage of that name."""
    found = _find(name, parse_number(version), query.get("type"))
    to_stage = body["to_stage"]
    from_stage = stages.promote(found, to_stage, notes=body["notes"], evaluator_run_id=body["evaluator_run_id"])
    moved = {"artifact": found.full_name, "from_stage": from_stage, "to_stage": to_stage}
    return answers.respond({"ok": True, **moved, "message": f"Successfully promoted to {to_stage}"})


@blp.post("/<name>/v<version>/evaluate", parameters=VERSION)
@blp.arguments(schemas.EvaluateBody)
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.Evaluated)
def evaluate_version(body: dict[str, Any], query: dict[str, Any], name: str, version: str) -> Response:
    """Write down an evaluation of a version."""
    evaluation = evaluations.record_evaluation(
        _find(name, parse_number(version), query.get("type")),
        body["metrics"],
        body["status"],
        evaluator_run_id=body["evaluator_run_id"],
        test_dataset=body["test_dataset"],
        notes=body["notes"],
    )
    message = "Evaluation recorded successfully"
    return answers.respond({"ok": True, "eval_id": evaluation.id, "message": message})


def _find(name: str, number: int, type: str | None) -> VersionFolder:
    """These calls name the version in the text of their 404, as documented."""
    try:
        return get_artifact(current.root(), name, type).get_version(number)
    except ArtifactNotFound as error:
        raise ArtifactNotFound(f"Artifact not found: {name}:v{number}") from error


def _show_aliases(index: Index) -> Response:
    return answers.respond({"ok": True, "aliases": index.aliases})
