"""SSH connections: /api/remote/connect, /sessions, /disconnect, /status and the hosts of ~/.ssh/config"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response

from runicorn.viewer import answers
from runicorn.viewer.far_items import connection_item, session_item
from runicorn.viewer.onward import far, new_blueprint
from runicorn.viewer.schemas.remote import (
    ConfiguredHosts,
    ConnectBody,
    Connected,
    Connections,
    DisconnectBody,
    RemoteDone,
    Status,
)

blp = new_blueprint("remote", "SSH connections to far machines.")


@blp.post("/connect")
@blp.arguments(ConnectBody)
@blp.response(200, Connected)
def connect_host(body: dict[str, Any]) -> Response:
    """Open a connection, or use the open one. 409 shows a host key that is not trusted; no credential was sent."""
    item = connection_item(far().connect(body))
    return answers.respond({"ok": True, "connection_id": item.pop("key"), **item})


@blp.get("/sessions")
@blp.response(200, Connections)
def list_connections() -> Response:
    """List the connections."""
    return answers.respond({"sessions": [connection_item(one) for one in far().pool.connections()]})


@blp.post("/disconnect")
@blp.arguments(DisconnectBody)
@blp.response(200, RemoteDone)
def disconnect_host(body: dict[str, Any]) -> Response:
    """Stop the far viewers of a connection and close it."""
    found = far().disconnect(body)
    return answers.respond({"ok": found, "message": "Connection removed" if found else "Connection not found"})


@blp.get("/status")
@blp.response(200, Status)
def show_status() -> Response:
    """Show everything that is open, and the sessions that ended by themselves."""
    connections = [connection_item(one) for one in far().pool.connections()]
    sessions = [session_item(one) for one in far().viewers.sessions()]
    return answers.respond(
        {
            "connections": connections,
            "viewer_sessions": sessions,
            "connection_count": len(connections),
            "viewer_session_count": len(sessions),
            "failed_sessions": [session_item(one) for one in far().viewers.failed],
        }
    )


@blp.get("/ssh-config")
@blp.response(200, ConfiguredHosts)
def list_configured_hosts() -> Response:
    """List the hosts of ~/.ssh/config."""
    return answers.respond({"hosts": [asdict(host) for host in far().configured_hosts()]})
