"""Remote viewing calls of the client. A connection is named `user@host:port`."""

from __future__ import annotations

from typing import Any

from runicorn.api.exceptions import NotFoundError
from runicorn.api.transport import Transport, given, segment


class RemoteCalls:
    """`client.remote`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def connect(
        self,
        host: str,
        port: int = 22,
        username: str | None = None,
        password: str | None = None,
        private_key_path: str | None = None,
        passphrase: str | None = None,
        *,
        private_key: str | None = None,
        use_agent: bool = True,
    ) -> dict[str, Any]:
        """Open an SSH connection and return it with its `connection_id`.

        Raises ConnectionError with `detail["host_key"]` when the host's key is unknown or changed.
        """
        body = given(
            host=host,
            port=port,
            username=username,
            password=password,
            private_key=private_key,
            private_key_path=private_key_path,
            passphrase=passphrase,
            use_agent=use_agent,
        )
        return self._transport.json("POST", "remote/connect", json=body)

    def disconnect(self, host: str, port: int = 22, username: str | None = None) -> dict[str, Any]:
        """Close a connection; without `username`, the open one to that host and port. Raises NotFoundError."""
        if username is None:
            username = self._find_username(host, port)
        body = {"host": host, "port": port, "username": username}
        return self._transport.json("POST", "remote/disconnect", json=body)

    def list_sessions(self) -> list[dict[str, Any]]:
        """Return the open SSH connections."""
        return self._transport.json("GET", "remote/sessions")["sessions"]

    def list_viewer_sessions(self) -> list[dict[str, Any]]:
        """Return the running remote viewers."""
        return self._transport.json("GET", "remote/viewer/sessions")["sessions"]

    def get_remote_status(self) -> dict[str, Any]:
        """Return connections and viewers with their counts."""
        return self._transport.json("GET", "remote/status")

    def start_viewer(
        self,
        connection_id: str,
        remote_root: str,
        local_port: int | None = None,
        remote_port: int | None = None,
        *,
        conda_env: str | None = None,
    ) -> dict[str, Any]:
        """Start a viewer on the far machine and return its session, with `local_port` and `local_url`."""
        body = given(
            connection_id=connection_id,
            remote_root=remote_root,
            local_port=local_port,
            remote_port=remote_port,
            conda_env=conda_env,
            **_parts(connection_id),
        )
        answer = self._transport.json("POST", "remote/viewer/start", json=body)
        session = answer.get("session", answer)
        local = session.get("local_port", session.get("localPort"))
        return {**answer, **session, "local_port": local, "local_url": session.get("url")}

    def stop_viewer(self, session_id: str) -> dict[str, Any]:
        """Stop a remote viewer and its tunnel. Raises NotFoundError."""
        return self._transport.json("POST", "remote/viewer/stop", json={"session_id": session_id})

    def viewer_status(self, session_id: str) -> dict[str, Any]:
        """Return one remote viewer. Raises NotFoundError."""
        return self._transport.json("GET", f"remote/viewer/status/{segment(session_id)}")

    def list_remote_directory(self, connection_id: str, path: str = "~") -> list[dict[str, Any]]:
        """Return the entries of a far folder: `name`, `is_dir`, `size` in bytes, `mtime`."""
        query = {"connection_id": connection_id, "path": path}
        return self._transport.json("GET", "remote/fs/list", params=query)["items"]

    def check_remote_path(self, connection_id: str, path: str) -> bool:
        """Tell whether `path` is there on the far machine."""
        query = {"connection_id": connection_id, "path": path}
        return bool(self._transport.json("GET", "remote/fs/exists", params=query)["exists"])

    def _find_username(self, host: str, port: int) -> str:
        for session in self.list_sessions():
            if (session["host"], session["port"]) == (host, port):
                return session["username"]
        raise NotFoundError(f"No open connection to {host}:{port}.", status_code=404)


def _parts(connection_id: str) -> dict[str, Any]:
    """The published server wants the parts of `user@host:port` as well."""
    username, _, address = connection_id.rpartition("@")
    host, _, port = address.rpartition(":")
    return {"username": username, "host": host, "port": int(port)} if port.isdigit() else {}
