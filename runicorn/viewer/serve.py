"""Serving the viewer: gunicorn with one threaded worker on POSIX, Werkzeug's threaded server on Windows.

The application, and with it DuckDB, is made in the process that serves, after any fork.
"""

from __future__ import annotations

import errno
import gc
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from runicorn.errors import InvalidInput, PortInUse
from runicorn.storage.runs import check_root
from runicorn.viewer import hosts

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 23300
TOKEN_VARIABLE = "RUNICORN_VIEWER_TOKEN"
THREADS = 96
"""Every open socket holds a thread; `sockets` keeps their number well below this."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the viewer listens. `url` carries the token when one is demanded."""

    host: str
    port: int
    token: str | None

    @property
    def url(self) -> str:
        named = socket.gethostname() if self.host in ("0.0.0.0", "::", "") else self.host
        shown = f"[{named}]" if ":" in named else named
        return f"http://{shown}:{self.port}/" + (f"?token={self.token}" if self.token else "")


def serve(
    root: str | os.PathLike[str],
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    token: str | None = None,
    remote_mode: bool = False,
    idle_seconds: float | None = None,
    on_ready: Callable[[Address], None] | None = None,
    log_level: str = "WARNING",
    **settings: Any,
) -> None:
    """Serve the storage root until SIGINT, SIGTERM or SIGHUP, or until nobody asked for `idle_seconds`.

    `port` 0 takes a free one. `on_ready` is called once connections are accepted. A token is demanded when `token` or
    `RUNICORN_VIEWER_TOKEN` gives one, and one is made up when `host` is not loopback or in `remote_mode`, because
    then others can reach the port. `settings` go to `create_app`.

    Raises StorageNotFound, StorageDenied, PortInUse, or InvalidInput for an address that is not this machine's.
    """
    root = check_root(Path(root))
    listener = listen(host, port)
    token = token or os.environ.get(TOKEN_VARIABLE) or None
    if token is None and (remote_mode or not hosts.is_loopback(host)):
        token = secrets.token_urlsafe(24)
    address = Address(host, listener.getsockname()[1], token)
    settings = {**settings, "host": host, "token": token, "remote_mode": remote_mode}
    if on_ready is not None:
        on_ready(address)
    # gunicorn does not run on Windows.
    server = import_module(f"runicorn.viewer.{'werkzeug' if os.name == 'nt' else 'gunicorn'}_server")
    server.run(listener, partial(make_app, root, settings, idle_seconds), log_level=log_level)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at `host` and `port`, so that connections wait while the server starts."""
    if not 0 <= port <= 65535:
        raise InvalidInput(f"Port {port} does not exist: choose 1 to 65535, or 0 for a free one.")
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise InvalidInput(f"The viewer cannot listen at {host!r}, port {port}: no such address.") from error
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined]
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from error
        raise InvalidInput(f"The viewer cannot listen at {host!r}, port {port}: {error.strerror}.") from error
    return listener


def make_app(root: Path, settings: dict[str, Any], idle_seconds: float | None, stop: Callable[[], None]) -> Any:
    """Return the application with its background threads running. `stop` ends the server."""
    from runicorn.viewer import background
    from runicorn.viewer.app import create_app

    app = create_app(root, **settings)
    gc.freeze()  # what was imported stays
    background.start(app, idle_seconds=idle_seconds, stop=stop)
    return app
