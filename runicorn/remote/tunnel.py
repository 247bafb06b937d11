"""A port of this machine's loopback that leads to a port of the far machine's loopback.

Why this and not sshtunnel: docs/decisions/0003.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable

from paramiko import Channel

from runicorn.remote.connection import hang_up
from runicorn.remote.errors import ConnectFailed, ViewerStartFailed

HOST = "127.0.0.1"
LOCAL_PORTS = range(8081, 9000)
BLOCK_BYTES = 32768


class Tunnel:
    """Listens from construction until `close`, also while the link is down: then callers are hung up on.

    `open_channel` returns a new channel to the far port, or raises ConnectFailed.
    """

    def __init__(self, open_channel: Callable[[], Channel], *, local_port: int | None = None) -> None:
        self._server = _listen(local_port)
        self._server.open_channel = open_channel
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), daemon=True)
        self._thread.start()

    @property
    def local_port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening and hang up on everybody."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = socket.SO_REUSEADDR != 0 and hasattr(socket, "AF_UNIX")
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    open_channel: Callable[[], Channel]

    def __init__(self, port: int) -> None:
        self.callers: set[socket.socket] = set()
        super().__init__((HOST, port), _Caller)

    def server_close(self) -> None:
        super().server_close()
        for caller in list(self.callers):
            _leave(caller)


class _Caller(socketserver.BaseRequestHandler):
    """One connection through the tunnel, two threads: one for each direction."""

    server: _Server
    request: socket.socket

    def handle(self) -> None:
        try:
            channel = self.server.open_channel()
        except ConnectFailed:
            return
        self.server.callers.add(self.request)
        back = threading.Thread(target=_copy_back, args=(channel, self.request), daemon=True)
        back.start()
        try:
            _copy_out(self.request, channel)
            back.join()
        finally:
            hang_up(channel)
            self.server.callers.discard(self.request)


def _copy_out(caller: socket.socket, channel: Channel) -> None:
    try:
        while data := caller.recv(BLOCK_BYTES):
            channel.sendall(data)
        channel.shutdown_write()
    except (OSError, EOFError):
        hang_up(channel)


def _copy_back(channel: Channel, caller: socket.socket) -> None:
    try:
        while data := channel.recv(BLOCK_BYTES):
            caller.sendall(data)
    except (OSError, EOFError):
        pass
    _leave(caller)


def _leave(caller: socket.socket) -> None:
    try:
        caller.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _listen(port: int | None) -> _Server:
    """Return a server on `port`, or on the first free one from 8081 on. Raises ViewerStartFailed."""
    for candidate in [port] if port else LOCAL_PORTS:
        try:
            return _Server(candidate)
        except OSError:
            continue
    wanted = f"local port {port} is in use" if port else "no local port from 8081 to 8999 is free"
    raise ViewerStartFailed(f"{wanted}.")
