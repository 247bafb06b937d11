"""GET /api/environment/<id>"""

from __future__ import annotations

from flask import Response

from runicorn.errors import NotFound, RunNotFound
from runicorn.storage.documents import Damaged, read_object
from runicorn.viewer import answers, current
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.environment import EnvironmentAnswer

blp = Blueprint("environment", __name__, url_prefix="/api/environment", description="Where and how a run was made.")


@blp.get("/<run_id>")
@blp.response(200, EnvironmentAnswer)
def show_environment(run_id: str) -> Response:
    """Show packages, commit, machine and command of a run, as far as they were recorded."""
    try:
        run = current.reader().runs.get(run_id)
    except RunNotFound as error:
        raise NotFound(f"Run {run_id} not found") from error
    try:
        environment = read_object(run.files.environment)
    except FileNotFoundError:
        return answers.respond({"available": False})
    except Damaged:
        environment = {}
    return answers.respond({"available": True, "environment": environment})
