"""gunicorn around the viewer: its threaded worker in this very process, stopping within two seconds whatever is open.

There is no master: one process is one viewer to start, measure and kill, and DuckDB never meets a fork.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from runicorn.viewer import current
from runicorn.viewer.serve import THREADS

GRACE_SECONDS = 1
LINGER_SECONDS = 0.8
PART_SECONDS = 2
"""How long a client may take to close a connection after us."""


class Worker(ThreadWorker):
    """gunicorn's threaded worker on its own feet; open sockets hear that the server stops."""

    def init_signals(self) -> None:
        outlives_terminal = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        super().init_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN if outlives_terminal else self.handle_exit)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.method_queue.defer(current.viewer(self.wsgi).stop)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl-C takes the same way out as SIGTERM: it is as quick, and nothing is torn."""
        self.handle_exit(sig, frame)

    def is_parent_alive(self) -> bool:
        """The viewer may outlive the shell that started it."""
        return True

    def handle(self, conn: Any) -> Any:
        """Answer a request. A connection that is to be closed then is left to the client here, in a thread of the
        pool: gunicorn would wait for the client in the one thread that all others wait for."""
        goes_on = super().handle(conn)
        if goes_on is False:
            _part_from(conn.sock, PART_SECONDS if self.alive else LINGER_SECONDS / 2)
        return goes_on

    def murder_keepalived(self, force: bool = False) -> None:
        """Close idle connections, all of them once the server stops. gunicorn asks for this between its rounds of
        events only: within one, a connection that is closed may have its turn yet."""
        super().murder_keepalived(force or not self.alive)

    def run(self) -> None:
        super().run()
        current.viewer(self.wsgi).close()


class Application:
    """What gunicorn's worker asks for the WSGI callable."""

    def __init__(self, make_app: Callable[..., Any]) -> None:
        self._make_app = make_app

    def wsgi(self) -> Any:
        return self._make_app(stop=lambda: os.kill(os.getpid(), signal.SIGTERM))


def run(listener: socket.socket, make_app: Callable[..., Any], *, log_level: str) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP. Threads still at work a second later are left behind."""
    config = Config()
    options = {
        "threads": THREADS,
        "keepalive": 15,
        "graceful_timeout": GRACE_SECONDS,
        "limit_request_line": 8190,
        "loglevel": log_level.lower(),
    }
    for key, value in options.items():
        config.set(key, value)
    before = set(threading.enumerate())
    Worker(0, os.getppid(), [listener], Application(make_app), 0, config, Logger(config)).init_process()
    if not _ended(set(threading.enumerate()) - before):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _part_from(connection: socket.socket, seconds: float) -> None:
    """Say that nothing more is sent, and take in for a while what the client still says, so that it reads all."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(seconds)
        until = time.monotonic() + seconds
        while time.monotonic() < until and connection.recv(1 << 16):
            pass
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _ended(threads: set[threading.Thread]) -> bool:
    """Wait a moment for `threads`, daemons left out, and tell whether all of them are gone."""
    until = time.monotonic() + LINGER_SECONDS
    for thread in threads:
        if not thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
    return not any(thread.is_alive() and not thread.daemon for thread in threads)
