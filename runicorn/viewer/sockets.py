"""WebSockets: how many, how large, and how they end. The wire is flask-sock's.

A socket holds a thread of the server, so their number is bounded for each client and in all. A client that does not
read is dropped; every socket ends when its client leaves or the server stops.
"""

from __future__ import annotations

import contextlib
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
LOOK_SECONDS = 0.5
"""How long a socket may take to notice that the server stops."""
CLOSE_SECONDS = 0.5
NORMAL, GOING_AWAY = 1000, 1001


class Connection:
    """One open socket, seen from the code that answers it."""

    def __init__(self, server: Server, stopping: threading.Event) -> None:
        self._server = server
        self._stopping = stopping

    def has_ended(self) -> bool:
        """Tell whether the client has left or the server stops."""
        return self._stopping.is_set() or not self._server.connected

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the client leaves or the server stops, and tell whether that happened.

        What the client says meanwhile is dropped.
        """
        until = time.monotonic() + seconds
        while not self.has_ended() and (left := until - time.monotonic()) > 0:
            self.receive(left)
        return self.has_ended()

    def receive(self, timeout: float) -> str | bytes | None:
        """Return the client's next message; None after `timeout` seconds or at the end."""
        until = time.monotonic() + timeout
        while not self.has_ended():
            left = until - time.monotonic()
            try:
                message: str | bytes | None = self._server.receive(max(0.0, min(left, LOOK_SECONDS)))
            except ConnectionClosed:
                return None
            if message is not None or left <= LOOK_SECONDS:
                return message
        return None

    def send(self, text: str) -> None:
        """Send one text frame. Raises ConnectionClosed or OSError when the client is gone or does not read."""
        self._server.send(text)

    def close(self) -> None:
        """Say goodbye, and wait a moment for the client to say it too: Werkzeug would read that as a request."""
        code, text = (GOING_AWAY, "The viewer stops.") if self._stopping.is_set() else (NORMAL, None)
        with contextlib.suppress(ConnectionClosed, OSError):
            self._server.close(code, text)
        self._server.thread.join(CLOSE_SECONDS)


class PatientSocket:
    """A socket that sends whole, from one thread at a time, and ends when the client takes nothing for too long."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        # A timeout of the socket object would also cut short the reading, which waits for the client to speak.
        step = struct.pack("ll", 1, 0) if os.name != "nt" else 1000
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, step)

    def send(self, data: bytes) -> None:
        with self._lock:
            try:
                self._send_all(memoryview(data), time.monotonic() + SEND_SECONDS)
            except OSError:
                self._shut_down()
                raise

    def _send_all(self, data: memoryview, until: float) -> None:
        while data:
            with contextlib.suppress(BlockingIOError):
                data = data[self._inner.send(data) :]
            if data and time.monotonic() > until:
                raise TimeoutError("The client does not read.")

    def recv(self, size: int) -> bytes:
        return self._inner.recv(size)

    def fileno(self) -> int:
        return self._inner.fileno()

    def close(self) -> None:
        self._shut_down()
        self._inner.close()

    def _shut_down(self) -> None:
        """Werkzeug keeps files open on the same connection, so closing alone would leave the client waiting."""
        with contextlib.suppress(OSError):
            self._inner.shutdown(socket.SHUT_RDWR)


class Registry:
    """How many sockets of which kind each client holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Counter[tuple[str, str]] = Counter()

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


sock = Sock()


def init_app(app: Flask) -> None:
    """Set the limits of the wire."""
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": PING_SECONDS, "max_message_size": CLIENT_MESSAGE_BYTES}
    app.extensions["runicorn-sockets"] = Registry()


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
            with contextlib.suppress(ConnectionClosed, OSError):
                answer(connection, **values)
            connection.close()

    return register
