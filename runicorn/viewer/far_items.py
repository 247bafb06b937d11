"""Connections, sessions and environments as the remote calls show them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runicorn.remote.connection import Connection
    from runicorn.remote.environments import Environment
    from runicorn.remote.session import ViewerSession


def connection_item(connection: Connection) -> dict[str, Any]:
    """Return a connection as the lists show it."""
    target = connection.target
    return {
        "key": connection.id,
        "host": target.host,
        "port": target.port,
        "username": target.username,
        "connected": connection.is_active,
    }


def environment_item(environment: Environment) -> dict[str, Any]:
    """Return an environment as the lists show it."""
    return {
        "name": environment.name,
        "type": environment.kind,
        "python_version": environment.python_version,
        "path": environment.python,
        "is_default": environment.is_default,
        "runicorn_version": environment.runicorn_version,
        "install_command": environment.install_command,
    }


def session_item(session: ViewerSession) -> dict[str, Any]:
    """Return a session in the recorded names, with those of the documented client beside them."""
    target = session.connection.target
    return {
        "sessionId": session.id,
        "host": "127.0.0.1",
        "sshPort": target.port,
        "username": target.username,
        "localPort": session.local_port,
        "remotePort": session.far_port,
        "remoteRoot": session.root,
        "remotePid": session.far_pid,
        "status": session.status,
        "startedAt": int(session.started_at * 1000),
        "uptimeSeconds": time.time() - session.started_at,
        "isActive": session.is_active,
        "url": session.url,
        **_twins(session),
    }


def _twins(session: ViewerSession) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "connection_id": session.connection.id,
        "remote_host": session.connection.target.host,
        "local_port": session.local_port,
        "remote_port": session.far_port,
        "remote_root": session.root,
        "created_at": session.started_at,
        "environment": session.environment.name,
        "runicorn_version": session.environment.runicorn_version,
        "step": session.step,
        "latency_ms": None if session.latency_s is None else round(session.latency_s * 1000, 1),
        "protected": session.protected,
        "warnings": list(session.warnings),
        "error": session.error,
    }
