"""Connections a user saved: /api/remote/connections/saved and /api/config/ssh_connections"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.remote import saved_hosts, saved_list, secret_store
from runicorn.viewer import answers
from runicorn.viewer.onward import new_blueprint
from runicorn.viewer.schemas.remote import RemoteDone, SavedConnection, SavedConnections, SavedEntry, SavedHostBody

blp = new_blueprint("remote-saved", "Saved connections of web interfaces.", prefix="/api/remote/connections")
hosts_blp = new_blueprint("ssh-connections", "Saved SSH connections.", prefix="/api/config/ssh_connections")


@blp.get("/saved")
@blp.response(200, SavedConnections)
def list_saved_connections() -> Response:
    """List the saved connections, without their secrets."""
    found = saved_list.list_saved()
    return answers.respond({"ok": True, "connections": found, "keyring_available": secret_store.is_available()})


@blp.post("/saved")
@blp.arguments(SavedEntry(many=True))
@blp.response(200, RemoteDone)
def save_connections(body: list[dict[str, Any]]) -> Response:
    """Replace the list. Secrets go into the system's keyring; without one they are not kept."""
    kept = saved_list.save_list(body)
    return answers.respond({"ok": True, "message": "Connections saved successfully", "secrets_saved": kept})


@hosts_blp.get("")
@hosts_blp.response(200, SavedConnections)
def list_hosts() -> Response:
    """List the saved SSH connections, without their secrets."""
    return answers.respond({"connections": saved_hosts.list_hosts(), "keyring_available": secret_store.is_available()})


@hosts_blp.post("")
@hosts_blp.arguments(SavedHostBody)
@hosts_blp.response(200, RemoteDone)
def save_host(body: dict[str, Any]) -> Response:
    """Save an SSH connection in place of the one with the same key; the last ten are kept."""
    saved = saved_hosts.save_host(body)
    message = "SSH connection saved"
    return answers.respond({"ok": True, "message": message, "key": saved.key, "secrets_saved": saved.secrets_saved})


@hosts_blp.delete("/<path:key>")
@hosts_blp.response(200, RemoteDone)
def delete_host(key: str) -> Response:
    """Forget a saved SSH connection and its secrets."""
    saved_hosts.remove_host(key)
    return answers.respond({"ok": True, "message": "SSH connection removed"})


@hosts_blp.get("/<path:key>/details")
@hosts_blp.response(200, SavedConnection)
def show_host(key: str) -> Response:
    """Show a saved SSH connection with its secrets, to its owner."""
    return answers.respond({"ok": True, "connection": saved_hosts.find_host(key)})
