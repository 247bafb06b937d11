"""GET and PUT /api/config, POST /api/config/user_root_dir"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn import config
from runicorn._version import __version__
from runicorn.errors import Forbidden, InvalidInput
from runicorn.viewer import answers, current
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.config import ConfigAnswer, RootAnswer, RootBody, RootChange

blp = Blueprint("config", __name__, url_prefix="/api/config", description="The user's configuration.")

EMPTY = "Invalid path: name a folder."


@blp.get("")
@blp.response(200, ConfigAnswer)
def show_config() -> Response:
    """Show the saved storage root, the one in use and where the configuration is."""
    return answers.respond(
        {
            "user_root_dir": config.user_root_dir(),
            "storage": str(current.root()),
            "config_file": str(config.config_file()),
            "version": __version__,
        }
    )


@blp.post("/user_root_dir")
@blp.arguments(RootBody)
@blp.response(200, RootAnswer)
def set_root(body: dict[str, Any]) -> Response:
    """Save another storage root and serve it from now on. The folder is made when missing."""
    return _change(body["path"])


@blp.put("")
@blp.arguments(RootChange)
@blp.response(200, RootAnswer)
def change_config(body: dict[str, Any]) -> Response:
    """Save another storage root, under any of the names clients use for it."""
    path = next((body[name] for name in ("user_root_dir", "user_root", "path") if body.get(name)), None)
    if path is None:
        raise InvalidInput(EMPTY)
    return _change(path)


def _change(path: str) -> Response:
    if current.settings().remote_mode:
        raise Forbidden("A remote viewer serves the root it was started with.")
    folder = config.set_user_root_dir(path)
    current.viewer().change_root(folder)
    return answers.respond(
        {
            "ok": True,
            "user_root_dir": str(folder),
            "storage": str(folder),
            "message": "User root directory updated successfully",
        }
    )
