"""/api/artifacts: lists, versions, contents, lineage and sizes; the artifacts of a run"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from flask import Response, send_file
from webargs.flaskparser import abort

from runicorn.errors import RunNotFound
from runicorn.query.artifact_values import RunArtifact
from runicorn.query.records import RunRecord
from runicorn.storage.artifacts.paths import parse_selector
from runicorn.viewer import access, answers, current
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas import artifacts as schemas

VERSION = [{"in": "path", "name": "version", "schema": {"type": "integer", "minimum": 1}}]

blp = Blueprint("artifacts", __name__, url_prefix="/api", description="Artifacts, their versions and their lineage.")


@blp.get("/artifacts")
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.ArtifactItem(many=True))
def list_artifacts(query: dict[str, Any]) -> Response:
    """List artifacts, the one changed last first."""
    found = current.reader().artifacts.list_artifacts(query.get("type"))
    return answers.respond([asdict(artifact) for artifact in found])


@blp.get("/artifacts/stats")
@blp.response(200, schemas.StoreStats)
def show_stats() -> Response:
    """Show how much the artifact store holds and what storing equal contents once saves."""
    return answers.respond(asdict(current.reader().artifacts.stats()))


@blp.get("/artifacts/<name>/versions")
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.VersionItem(many=True))
def list_versions(query: dict[str, Any], name: str) -> Response:
    """List the versions of an artifact, ascending, with those marked as deleted."""
    found = current.reader().artifacts.versions(name, query.get("type"))
    return answers.respond([asdict(version) for version in found])


@blp.get("/artifacts/<name>/v<version>", parameters=VERSION)
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.VersionDetail)
def show_version(query: dict[str, Any], name: str, version: str) -> Response:
    """Show everything said about a version."""
    found = current.reader().artifacts.get(name, parse_number(version), query.get("type"))
    return answers.respond(asdict(found))


@blp.get("/artifacts/<name>:<selector>")
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.VersionDetail)
def show_selected(query: dict[str, Any], name: str, selector: str) -> Response:
    """Show the version `name:v3`, `name:3` or `name:alias`."""
    found = current.reader().artifacts.get(name, parse_selector(selector), query.get("type"))
    return answers.respond(asdict(found))


@blp.get("/artifacts/<name>/v<version>/files", parameters=VERSION)
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, schemas.VersionFiles)
def list_files(query: dict[str, Any], name: str, version: str) -> Response:
    """List what a version holds."""
    found = current.reader().artifacts.files(name, parse_number(version), query.get("type"))
    return answers.respond(asdict(found))


@blp.get("/artifacts/<name>/v<version>/files/<path:path>", parameters=VERSION)
@access.private
@blp.arguments(schemas.TypeQuery, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def download_file(query: dict[str, Any], name: str, version: str, path: str) -> Response:
    """Download a file of a version, once its bytes have been verified; 409 when they are not what was stored."""
    stored = current.reader().artifacts.file(name, parse_number(version), path, query.get("type"))
    return send_file(
        stored, "application/octet-stream", as_attachment=True, download_name=PurePosixPath(path).name, max_age=0
    )


@blp.get("/artifacts/<name>/v<version>/lineage", parameters=VERSION)
@blp.arguments(schemas.LineageQuery, location="query")
@blp.response(200, schemas.LineageGraph)
def show_lineage(query: dict[str, Any], name: str, version: str) -> Response:
    """Show the runs and artifacts that led to a version, and those that came of it."""
    graph = current.reader().lineage.graph(name, parse_number(version), query.get("type"), query["max_depth"])
    return answers.respond(asdict(graph))


@blp.get("/artifacts/<name>:<selector>/lineage")
@blp.arguments(schemas.LineageQuery, location="query")
@blp.response(200, schemas.LineageGraph)
def show_selected_lineage(query: dict[str, Any], name: str, selector: str) -> Response:
    """Show the lineage of the version `name:v3`, `name:3` or `name:alias`."""
    graph = current.reader().lineage.graph(name, parse_selector(selector), query.get("type"), query["max_depth"])
    return answers.respond(asdict(graph))


@blp.get("/artifacts/<name>/evaluations")
@blp.arguments(schemas.VersionQuery, location="query")
@blp.response(200, schemas.EvaluationItem(many=True))
def list_evaluations(query: dict[str, Any], name: str) -> Response:
    """List the evaluations of an artifact, newest first."""
    found = current.reader().artifacts.evaluations(name, query.get("version"))
    return answers.respond([asdict(evaluation) for evaluation in found])


@blp.get("/artifacts/<name>/training-metrics")
@blp.arguments(schemas.VersionQuery, location="query")
@blp.response(200, schemas.TrainingMetrics)
def show_training_metrics(query: dict[str, Any], name: str) -> Response:
    """Show the summary of the run behind a version; null when there is no such version or run."""
    found = current.reader().artifacts.training_metrics(name, query.get("version"), query.get("type"))
    return answers.respond(asdict(found) if found else None)


@blp.get("/artifacts/<name>/performance-history")
@blp.arguments(schemas.HistoryQuery, location="query")
@blp.response(200, schemas.HistoryPoint(many=True))
def show_performance_history(query: dict[str, Any], name: str) -> Response:
    """Show how the numbers in the summaries behind all versions went on."""
    found = current.reader().artifacts.performance_history(name, query.get("metric_name"), query.get("type"))
    return answers.respond([asdict(point) for point in found])


@blp.get("/runs/<run_id>/artifacts")
@blp.response(200, schemas.RunArtifacts)
def list_run_artifacts(run_id: str) -> Response:
    """List the versions a run made and took."""
    created, used = current.reader().artifacts.of_run(get_run(run_id))
    return answers.respond({"created": _dump(created), "used": _dump(used)})


@blp.get("/experiments/<run_id>/artifacts")
@blp.arguments(schemas.RelationQuery, location="query")
@blp.response(200, schemas.RelatedArtifacts)
def list_related_artifacts(query: dict[str, Any], run_id: str) -> Response:
    """List the versions a run made, took, or both."""
    created, used = current.reader().artifacts.of_run(get_run(run_id))
    related = {"created": _dump(created), "used": _dump(used)}
    wanted = [query["relation"]] if "relation" in query else list(related)
    rows = [{**artifact, "relation": relation} for relation in wanted for artifact in related[relation]]
    return answers.respond({"artifacts": rows})


def parse_number(version: str) -> int:
    """Return the number of a version in an address, or answer 422."""
    try:
        return int(version)
    except ValueError:
        abort(422, messages={"path": {"version": ["Not a valid integer."]}})


def get_run(run_id: str) -> RunRecord:
    """Return a live run. Raises RunNotFound with the id in its text, as documented for these calls."""
    try:
        return current.reader().runs.get(run_id)
    except RunNotFound as error:
        raise RunNotFound(run_id, f"Run not found: {run_id}") from error


def _dump(artifacts: list[RunArtifact]) -> list[dict[str, Any]]:
    return [asdict(artifact) for artifact in artifacts]
