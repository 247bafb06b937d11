"""The open connections of one viewer, by `user@host:port`."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable

from runicorn.errors import ConfigError, RunicornError
from runicorn.remote.connection import Connection
from runicorn.remote.credentials import Credentials
from runicorn.remote.errors import ConnectionNotFound
from runicorn.remote.host_keys import HostKeys
from runicorn.remote.ssh_config import HostConfig, Target, parse_connection_id, parse_jump

MAX_JUMPS = 8


class Pool:
    """Connections that are open, or were and can be taken up again. A slow host delays only those who ask for it."""

    def __init__(
        self, host_keys: HostKeys | None = None, *, read_config: Callable[[], HostConfig] = HostConfig
    ) -> None:
        self.host_keys = host_keys or HostKeys.of_this_user()
        self._read_config = read_config
        self._connections: dict[str, Connection] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def connect(
        self, host: str, *, port: int | None = None, username: str | None = None, credentials: Credentials
    ) -> Connection:
        """Return the open connection to this login, made when there is none.

        Raises ConnectFailed, LoginRefused, HostKeyUntrusted, or ConfigError for an unusable ~/.ssh/config.
        """
        target = self._read_config().resolve(host, port=port, username=username)
        with self._lock_of(target.connection_id):
            connection = self._connections.get(target.connection_id)
            if connection is None:
                connection = self._route(target, credentials)
            elif not connection.is_active:
                connection.credentials = credentials
            self._open(connection)
            return connection

    def get(self, connection_id: str) -> Connection:
        """Return an open connection, taken up again if it dropped. Raises ConnectionNotFound, or InvalidInput."""
        parse_connection_id(connection_id)
        with self._lock_of(connection_id):
            connection = self._connections.get(connection_id)
            if connection is None:
                raise ConnectionNotFound(connection_id)
            try:
                connection.open()
            except RunicornError as error:
                raise ConnectionNotFound(connection_id, str(error)) from error
            return connection

    def find(self, host: str, *, port: int | None = None, username: str | None = None) -> Connection | None:
        """Return the connection to this login, dropped or not; None when there is none."""
        return self._connections.get(self._read_config().resolve(host, port=port, username=username).connection_id)

    def drop(self, connection_id: str) -> Connection | None:
        """Close the connection with this id and return it; None when there was none."""
        with self._guard:
            connection = self._connections.pop(connection_id, None)
        if connection:
            connection.close()
        return connection

    def connections(self) -> list[Connection]:
        """Return the connections in the order they were made, dropped ones too."""
        with self._guard:
            return list(self._connections.values())

    def close(self) -> None:
        """Close everything."""
        for connection in self.connections():
            self.drop(connection.id)

    def _open(self, connection: Connection) -> None:
        try:
            connection.open()
        except BaseException:
            if connection.id not in self._connections:
                connection.close()
            raise
        with self._guard:
            self._connections[connection.id] = connection

    def _route(self, target: Target, credentials: Credentials, depth: int = 0) -> Connection:
        """Return a connection, not yet open, that goes through the jump hosts of the configuration."""
        if depth > MAX_JUMPS:
            raise ConfigError(f"ProxyJump of {target.host} leads through more than {MAX_JUMPS} hosts.")
        via: Connection | None = None
        for jump in target.jumps:
            via = self._jump(jump, via, credentials, depth)
        owned = via is not None and via not in self.connections()
        return Connection(target, credentials, self.host_keys, via=via, owns_via=owned)

    def _jump(self, jump: str, before: Connection | None, credentials: Credentials, depth: int) -> Connection:
        """Return the way to one jump host: the open connection of that name, else a new one without typed secrets."""
        username, host, port = parse_jump(jump)
        target = self._read_config().resolve(host, port=port, username=username)
        found = self._connections.get(target.connection_id)
        if found:
            return found
        if before is None:
            return self._route(target, credentials.without_secrets(), depth + 1)
        return Connection(target, credentials.without_secrets(), self.host_keys, via=before, owns_via=True)

    def _lock_of(self, connection_id: str) -> threading.Lock:
        with self._guard:
            return self._locks[connection_id]
