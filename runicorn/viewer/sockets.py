"""WebSockets: how many, how large, and how they end. The wire is flask-sock's.

A socket holds a thread of the server, so their number is bounded for each client and in all. A client that does not
read is dropped; every socket ends when its client leaves or the server stops.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, current_app, g, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from runicorn.errors import TooManyRequests
from runicorn.viewer import current, limits

CLIENT_MESSAGE_BYTES = 64 * 1024
PING_SECONDS = 25
SEND_SECONDS = 5
"""A client that takes nothing for so long is dropped."""
SOCKETS_IN_ALL = 64
GOING_AWAY = 1001


class Connection:
    """One open socket, seen from the code that answers it."""

    def __init__(self, server: Server, stopping: threading.Event) -> None:
        self._server = server
        self._stopping = stopping

    def is_set(self) -> bool:
        """Tell whether the client has left or the server stops."""
        return self._stopping.is_set() or not self._server.connected

    def wait(self, timeout: float | None = None) -> bool:
        """Wait like `threading.Event.wait` for the end; what the client says meanwhile is dropped."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return False
            self.receive(left)
        return True

    def receive(self, timeout: float | None) -> str | bytes | None:
        """Return the client's next message; None after `timeout` seconds or at the end."""
        if self.is_set():
            return None
        try:
            message: str | bytes | None = self._server.receive(timeout)
        except ConnectionClosed:
            return None
        return message

    def send(self, text: str) -> None:
        """Send one text frame. Raises ConnectionClosed or OSError when the client is gone or does not read."""
        self._server.send(text)

    def end(self) -> None:
        """Say that the server goes away and wake whoever waits."""
        try:
            self._server.close(GOING_AWAY, "The viewer stops.")
        except (ConnectionClosed, OSError):
            pass
        self._server.event.set()


class PatientSocket:
    """A socket whose `send` is whole or fails within `SEND_SECONDS`, from one thread at a time."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        wait = struct.pack("ll", SEND_SECONDS, 0) if os.name != "nt" else SEND_SECONDS * 1000
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)

    def send(self, data: bytes) -> None:
        with self._lock:
            self._inner.sendall(data)

    def recv(self, size: int) -> bytes:
        return self._inner.recv(size)

    def fileno(self) -> int:
        return self._inner.fileno()

    def close(self) -> None:
        self._inner.close()


class Registry:
    """Which sockets are open and who holds them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Counter[tuple[str, str]] = Counter()
        self._open: set[Connection] = set()

    def admit(self, kind: str, client: str, most: int) -> None:
        """Take a place for one more socket of `kind`. Raises TooManyRequests when `client` has `most` of them."""
        with self._lock:
            if self._held[kind, client] >= most:
                raise TooManyRequests(f"At most {most} sockets of this kind may be open at once.")
            if self._held.total() >= SOCKETS_IN_ALL:
                raise TooManyRequests("The viewer has as many sockets open as it can serve.")
            self._held[kind, client] += 1

    def release(self, kind: str, client: str) -> None:
        """Give the place back."""
        with self._lock:
            self._held[kind, client] -= 1
            self._held += Counter()

    def opened(self, connection: Connection) -> None:
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: Connection) -> None:
        with self._lock:
            self._open.discard(connection)

    def end_all(self) -> None:
        """End every open socket."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            connection.end()

    def count(self) -> int:
        """How many sockets are open."""
        with self._lock:
            return len(self._open)


sock = Sock()


def init_app(app: Flask) -> None:
    """Set the wire's limits and end all sockets when the viewer stops."""
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": PING_SECONDS, "max_message_size": CLIENT_MESSAGE_BYTES}
    registry = app.extensions["runicorn-sockets"] = Registry()
    current.viewer(app).at_stop.append(registry.end_all)


def registry() -> Registry:
    """Return the open sockets of this application."""
    found: Registry = current_app.extensions["runicorn-sockets"]
    return found


def blueprint(name: str, *, most: int) -> Blueprint:
    """Return a blueprint for sockets of the kind `name`, of which one client may hold `most`."""
    blp = Blueprint(name, __name__)

    @blp.before_request
    def admit() -> None:
        client = limits.client()
        registry().admit(name, client, most)
        g.socket_place = (name, client)
        for key in ("gunicorn.socket", "werkzeug.socket"):
            if key in request.environ:
                request.environ[key] = PatientSocket(request.environ[key])

    @blp.teardown_request
    def release(_error: BaseException | None) -> None:
        if place := g.pop("socket_place", None):
            registry().release(*place)

    return blp


def route(path: str, blp: Blueprint) -> Callable[[Callable[..., None]], None]:
    """Answer sockets at `path` with a function of a `Connection` and the path's values."""

    def register(answer: Callable[..., None]) -> None:
        @sock.route(path, bp=blp)
        @wraps(answer)
        def serve(server: Server, **values: Any) -> None:
            connection = Connection(server, current.viewer().stopping)
            registry().opened(connection)
            try:
                answer(connection, **values)
            except (ConnectionClosed, OSError):
                pass
            finally:
                registry().closed(connection)

    return register
