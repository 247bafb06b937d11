"""The SSH connections and far viewers of one application, asked for with request bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runicorn.errors import InvalidInput
from runicorn.remote import bootstrap, files, saved_hosts, saved_list
from runicorn.remote.connection import Connection
from runicorn.remote.credentials import Credentials
from runicorn.remote.environments import Environment, FarSetup, find_environment, list_environments, read_setup
from runicorn.remote.errors import EnvironmentNotFound, RemoteError, ViewerStartFailed
from runicorn.remote.pool import Pool
from runicorn.remote.session import ViewerSession
from runicorn.remote.ssh_config import ConfiguredHost, HostConfig
from runicorn.remote.viewers import Viewers


class Far:
    """Open connections, running sessions, and the environments seen last."""

    def __init__(self) -> None:
        self.pool = Pool()
        self.viewers = Viewers()
        self._environments: dict[str, list[Environment]] = {}

    def close(self) -> None:
        """Stop every far viewer and hang up."""
        self.viewers.stop_all()
        self.pool.close()

    def configured_hosts(self) -> list[ConfiguredHost]:
        """Return the hosts of ~/.ssh/config."""
        return HostConfig().hosts()

    def connect(self, body: Mapping[str, Any]) -> Connection:
        """Return the connection a request body asks for."""
        login = {name: body.get(name) for name in ("port", "username")}
        return self.pool.connect(body["host"], **login, credentials=_credentials(body))

    def disconnect(self, body: Mapping[str, Any]) -> bool:
        """Stop the sessions of a connection and hang up; say whether there was one."""
        connection = self.pool.find(body["host"], port=body.get("port"), username=body.get("username"))
        if connection is None:
            return False
        self.viewers.stop_all(connection)
        self.pool.drop(connection.id)
        self._environments.pop(connection.id, None)
        return True

    def environments(self, connection_id: str) -> list[Environment]:
        """Look for the environments anew, and remember them."""
        connection = self.pool.get(connection_id)
        found = self._environments[connection_id] = list_environments(connection)
        return found

    def setup(self, connection_id: str, name: str) -> FarSetup:
        """Return what the environment `name` would do."""
        connection = self.pool.get(connection_id)
        return read_setup(connection, self._environment(connection, name))

    def bootstrap(self, connection_id: str, name: str | None) -> Environment:
        """Install this version beside the environment `name`."""
        connection = self.pool.get(connection_id)
        installed = bootstrap.install(connection, self._environment(connection, name))
        self.environments(connection_id)
        return installed

    def list_folder(self, connection_id: str, path: str) -> files.Listing:
        """Return what is in a far folder."""
        return files.list_folder(self.pool.get(connection_id), path)

    def find_mode(self, connection_id: str, path: str) -> int | None:
        """Return the mode bits of a far path, None when nothing is there."""
        return files.find_mode(self.pool.get(connection_id), path)

    def start_viewer(self, body: Mapping[str, Any]) -> ViewerSession:
        """Start what a request body asks for. Raises ViewerStartFailed, or HostKeyUntrusted."""
        try:
            connection = self._connection(body)
            environment = self._environment(connection, body.get("conda_env"))
        except RemoteError as error:
            raise ViewerStartFailed(getattr(error, "reason", str(error))) from error
        session = ViewerSession(
            connection,
            environment,
            body["remote_root"],
            local_port=body.get("local_port"),
            remote_port=body.get("remote_port"),
        )
        return self.viewers.start(session)

    def _connection(self, body: Mapping[str, Any]) -> Connection:
        if body.get("connection_id"):
            return self.pool.get(body["connection_id"])
        if not body.get("host") or not body.get("username"):
            raise InvalidInput("Name a connection_id, or host and username.")
        return self.connect(body)

    def _environment(self, connection: Connection, name: str | None) -> Environment:
        """Return an environment by name or interpreter, the default one for None, without looking twice for it."""
        known = self._environments.get(connection.id) or self.environments(connection.id)
        try:
            return find_environment(connection, name, known=known)
        except EnvironmentNotFound:
            return find_environment(connection, name, known=self.environments(connection.id))


def _credentials(body: Mapping[str, Any]) -> Credentials:
    """Take what was typed, and for the rest what the keyring holds for the saved entry that is named."""
    names = ("password", "private_key", "private_key_path", "passphrase")
    given = {name: body[name] for name in names if body.get(name) is not None}
    saved = _saved_secrets(body["saved"]) if body.get("saved") else {}
    answers = tuple(body.get("answers") or ())
    return Credentials(**{**saved, **given}, use_agent=body.get("use_agent", True), answers=answers)


def _saved_secrets(key: str) -> dict[str, str]:
    return saved_list.find_secrets(key) or saved_hosts.find_secrets(key)
