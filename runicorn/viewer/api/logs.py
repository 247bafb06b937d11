"""WS /api/runs/<id>/logs/ws: the log of a run, one line in a frame."""

from __future__ import annotations

import time

from runicorn.errors import RunNotFound
from runicorn.query.logs import Tail
from runicorn.viewer import current, sockets
from runicorn.viewer.sockets import Connection

SOCKETS_PER_CLIENT = 10
OLD_LINES = 10_000
SILENCE_SECONDS = 3600.0
WAITING = "[info] No logs available yet. Waiting for logs to be created..."
AVAILABLE = "[info] Logs are now available, streaming..."
SHORTEST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.2, 2.0

blp = sockets.blueprint("logs", most=SOCKETS_PER_CLIENT)


@sockets.route("/api/runs/<run_id>/logs/ws", blp)
def stream_log(connection: Connection, run_id: str) -> None:
    """Send the lines that are there, then new ones as they come, until the client leaves."""
    reader = current.reader()
    try:
        run = reader.runs.get(run_id)
    except RunNotFound:
        connection.send("[error] run not found")
        return
    LogStream(connection, reader.logs.tail(run, OLD_LINES)).run()


class LogStream:
    """The frames one client gets."""

    def __init__(self, connection: Connection, tail: Tail) -> None:
        self._connection = connection
        self._tail = tail
        self._waits = False
        self._last_line = time.monotonic()

    def run(self) -> None:
        """Send lines until the client leaves, the server stops, or nothing was logged for an hour."""
        wait = 0.0
        while not self._connection.wait(wait):
            found = self._look()
            if time.monotonic() - self._last_line >= SILENCE_SECONDS:
                self._connection.send("[info] Connection timeout after 1 hour of inactivity")
                return
            wait = next_wait(wait, found=found, more=self._tail.has_more)

    def _look(self) -> bool:
        """Send what is new; tell whether anything was."""
        first = not self._tail.looked
        lines = [line for line in self._tail.read_lines() if line.strip()]
        if first and self._tail.skipped:
            self._connection.send(f"[info] Showing last {OLD_LINES} lines. Full log file: logs.txt")
        if self._waits == self._tail.exists:
            self._waits = not self._waits
            self._connection.send(WAITING if self._waits else AVAILABLE)
        for line in lines:
            self._connection.send(line)
        if lines:
            self._last_line = time.monotonic()
        return bool(lines)


def next_wait(wait: float, *, found: bool, more: bool) -> float:
    """Return how long to wait before the next look: longer and longer while nothing comes."""
    if more:
        return 0.0
    return SHORTEST_LOOK_SECONDS if found or not wait else min(wait * 1.5, LONGEST_LOOK_SECONDS)
