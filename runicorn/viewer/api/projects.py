"""GET /api/projects, /api/projects/<project>/names and /api/projects/<project>/names/<name>/runs"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.query.records import RunRecord
from runicorn.viewer import answers, current, records
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.runs import Names, Projects, RunItem

blp = Blueprint("projects", __name__, url_prefix="/api/projects", description="Projects and experiment names.")


@blp.get("")
@blp.response(200, Projects)
def list_projects() -> Response:
    """List the projects that have live runs, by code point."""
    catalogue = current.reader().runs
    projects = catalogue.projects()
    runs: dict[str, list[RunRecord]] = {project: [] for project in projects}
    for run in catalogue.list_runs():
        if run.project in runs:
            runs[run.project].append(run)
    return answers.respond({"projects": projects, "details": [_details(name, runs[name]) for name in projects]})


@blp.get("/<project>/names")
@blp.response(200, Names)
def list_names(project: str) -> Response:
    """List the experiment names of a project, by code point; none for an unknown project."""
    return answers.respond({"names": current.reader().runs.names(project)})


@blp.get("/<project>/names/<name>/runs")
@blp.response(200, RunItem(many=True))
def list_runs_of_name(project: str, name: str) -> Response:
    """List the live runs of one experiment name, newest first."""
    runs = current.reader().runs.list_runs(project=project, name=name)
    return answers.respond([records.run_item(run) for run in runs])


def _details(name: str, runs: list[RunRecord]) -> dict[str, Any]:
    latest = max((run.updated_at for run in runs), default=None)
    return {"name": name, "experiment_count": len(runs), "latest_update": latest}
