"""WS /api/runs/<id>/logs/ws: the log of a run, one line in a frame."""

from __future__ import annotations

import time

from runicorn.errors import RunNotFound
from runicorn.viewer import current, sockets
from runicorn.viewer.sockets import Connection

SOCKETS_PER_CLIENT = 10
OLD_LINES = 10_000
SILENCE_SECONDS = 3600.0

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
    waited = not run.files.logs.exists()
    if waited:
        connection.send("[info] No logs available yet. Waiting for logs to be created...")
    elif reader.logs.read(run, last=OLD_LINES).truncated:
        connection.send(f"[info] Showing last {OLD_LINES} lines. Full log file: logs.txt")
    silence = Silence(connection)
    for lines in reader.logs.follow(run, silence, last=OLD_LINES):
        if waited:
            connection.send("[info] Logs are now available, streaming...")
            waited = False
        silence.broken()
        for line in lines:
            connection.send(line)
    if silence.too_long():
        connection.send("[info] Connection timeout after 1 hour of inactivity")


class Silence:
    """What ends the following of a log: the socket's end, or an hour in which nothing was logged."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._since = time.monotonic()

    def broken(self) -> None:
        self._since = time.monotonic()

    def too_long(self) -> bool:
        return not self._connection.is_set() and time.monotonic() - self._since >= SILENCE_SECONDS

    def is_set(self) -> bool:
        return self._connection.is_set() or self.too_long()

    def wait(self, timeout: float | None = None) -> bool:
        return self._connection.wait(timeout) or self.too_long()
