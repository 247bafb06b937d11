"""What is on a far machine: /api/remote/conda-envs, /config, /fs/list, /fs/exists and /bootstrap"""

from __future__ import annotations

import stat
from dataclasses import asdict
from typing import Any

from flask import Response

from runicorn._version import __version__
from runicorn.remote.versions import version_warnings
from runicorn.viewer import answers
from runicorn.viewer.far_items import environment_item
from runicorn.viewer.onward import far, new_blueprint
from runicorn.viewer.schemas.remote import (
    BootstrapBody,
    Bootstrapped,
    ConnectionQuery,
    Environments,
    Existence,
    Folder,
    FolderQuery,
    PathQuery,
    Setup,
    SetupQuery,
)

blp = new_blueprint("remote-machine", "Environments and files of far machines.")


@blp.get("/conda-envs")
@blp.arguments(ConnectionQuery, location="query")
@blp.response(200, Environments)
def list_far_environments(query: dict[str, Any]) -> Response:
    """List the Python environments of the far machine, whatever made them."""
    found = far().environments(query["connection_id"])
    return answers.respond({"ok": True, "envs": [environment_item(one) for one in found]})


@blp.get("/config")
@blp.arguments(SetupQuery, location="query")
@blp.response(200, Setup)
def show_setup(query: dict[str, Any]) -> Response:
    """Show versions, storage root and a free port as one environment sees them."""
    setup = far().setup(query["connection_id"], query["conda_env"])
    chosen = setup.environment
    return answers.respond(
        {
            "ok": True,
            "condaEnv": chosen.name,
            "pythonVersion": chosen.python_version,
            "runicornVersion": chosen.runicorn_version,
            "defaultStorageRoot": setup.default_root,
            "storageRootExists": setup.default_root_exists,
            "suggestedRemotePort": setup.free_port,
            "connectionId": query["connection_id"],
            "storageRoots": setup.roots,
            "installCommand": chosen.install_command,
            "warnings": version_warnings(chosen.runicorn_version, __version__),
        }
    )


@blp.post("/bootstrap")
@blp.arguments(BootstrapBody)
@blp.response(200, Bootstrapped)
def install_runicorn(body: dict[str, Any]) -> Response:
    """Install this very version into an environment of its own on the far machine. It may take minutes."""
    installed = far().bootstrap(body["connection_id"], body.get("conda_env"))
    message = f"Runicorn {installed.runicorn_version} installed in {installed.prefix}"
    return answers.respond({"ok": True, "environment": environment_item(installed), "message": message})


@blp.get("/fs/list")
@blp.arguments(FolderQuery, location="query")
@blp.response(200, Folder)
def list_far_folder(query: dict[str, Any]) -> Response:
    """List a folder of the far machine."""
    listing = far().list_folder(query["connection_id"], query["path"])
    items = [asdict(entry) for entry in listing.entries]
    return answers.respond({"path": listing.path, "items": items, "entries": items, "truncated": listing.truncated})


@blp.get("/fs/exists")
@blp.arguments(PathQuery, location="query")
@blp.response(200, Existence)
def show_existence(query: dict[str, Any]) -> Response:
    """Tell whether a path is there on the far machine."""
    mode = far().find_mode(query["connection_id"], query["path"])
    return answers.respond(
        {"path": query["path"], "exists": mode is not None, "is_dir": mode is not None and stat.S_ISDIR(mode)}
    )
