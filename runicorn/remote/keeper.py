"""The near side of the keeper: the program on the far machine that runs a viewer for as long as we are there."""

from __future__ import annotations

import contextlib
import json
import queue
import secrets
import threading
import time
from typing import Any

from paramiko.ssh_exception import SSHException

from runicorn.remote.connection import Connection, hang_up
from runicorn.remote.environments import far_source
from runicorn.remote.errors import CommandFailed, ConnectFailed
from runicorn.remote.shell import COMMAND, last_line, quote

LAUNCH_TIMEOUT_S = 30.0

_START = (
    "import json, sys; sys.stdout.write({marker!r} + '{{}}\\n'); sys.stdout.flush(); "
    "job = json.loads(sys.stdin.readline()); exec(job['source'])"
)


class LinkLost(ConnectFailed):
    """The channel to the keeper closed, or nothing came back through it in time."""

    def __init__(self, reason: str) -> None:
        super().__init__("connect", reason)


class Keeper:
    """A far viewer and its keeper. Both end when `close` is called or the channel is lost.

    `pid` and `port` are the viewer's; they change when it had to move to another port.
    The token and the paths travel through the channel, never on a command line.
    """

    def __init__(self, connection: Connection, *, python: str, job: dict[str, Any]) -> None:
        self._marker = f"runicorn-{secrets.token_hex(12)}:"
        self.is_closed = False
        self.pid: int | None = None
        self.port: int | None = None
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._noise = ""
        self._channel = connection.open_session()
        self._connection_id = connection.id
        try:
            self._launch(python, {**job, "marker": self._marker, "source": far_source("keeper.py")})
        except BaseException:
            hang_up(self._channel)
            raise

    def _launch(self, python: str, job: dict[str, Any]) -> None:
        """Start the interpreter, and hand over the job only once it is there to read it."""
        command = quote([python, "-c", _START.format(marker=self._marker)])
        try:
            self._channel.set_combine_stderr(True)
            self._channel.exec_command(COMMAND)
            threading.Thread(target=self._read, daemon=True).start()
            self._send_text(f"cd / && exec {command}\n")
            if self.receive(LAUNCH_TIMEOUT_S) is None:
                raise CommandFailed(f"{python} did not start on {self._connection_id}: {last_line(self._noise)}")
            self._send_text(json.dumps(job) + "\n")
        except (SSHException, EOFError, OSError) as error:
            raise LinkLost(f"the link to {self._connection_id} broke: {error}.") from error

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """Return the next message of the keeper, None when there is none in time or the channel is closed."""
        try:
            return self._lines.get(timeout=max(0.0, timeout))
        except queue.Empty:
            return None

    def beat(self, timeout: float) -> tuple[float, dict[str, Any] | None]:
        """Tell the keeper we are there; return the round trip in seconds, and the message when the viewer ended.

        Raises LinkLost when nothing comes back within `timeout` seconds.
        """
        name = secrets.token_hex(4)
        sent = time.monotonic()
        with contextlib.suppress(LinkLost):  # the viewer's last words may still be on their way
            self._send({"beat": name})
        while message := self.receive(sent + timeout - time.monotonic()):
            if message.get("event") == "ended" or message.get("beat") == name:
                return time.monotonic() - sent, message if message.get("event") == "ended" else None
        raise LinkLost(f"the link to {self._connection_id} is gone.")

    def close(self, timeout: float = 12.0) -> None:
        """End the far viewer; wait at most `timeout` seconds for the keeper to confirm it."""
        try:
            self._send({"stop": True})
            deadline = time.monotonic() + timeout
            while (message := self.receive(deadline - time.monotonic())) and message.get("event") != "ended":
                continue
        except LinkLost:
            pass
        hang_up(self._channel)

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._send_text(json.dumps(message) + "\n")
        except (SSHException, EOFError, OSError) as error:
            raise LinkLost(f"the link to {self._connection_id} is gone.") from error

    def _send_text(self, text: str) -> None:
        self._channel.settimeout(LAUNCH_TIMEOUT_S)
        self._channel.sendall(text.encode("utf-8", "surrogateescape"))

    def _read(self) -> None:
        """Sort what comes back into messages and noise of the far profile, until the channel closes."""
        rest = b""
        try:
            while data := self._channel.recv(65536):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._take(line.decode("utf-8", "replace"))
                rest = rest[-65536:]
        except (SSHException, EOFError, OSError):
            pass
        self._noise += rest.decode("utf-8", "replace")
        self.is_closed = True
        self._lines.put(None)

    def _take(self, line: str) -> None:
        _, found, text = line.partition(self._marker)
        if not found:
            self._noise = f"{self._noise}{line}\n"[-4096:]
            return
        message = json.loads(text)
        if message.get("event") == "started":
            self.pid, self.port = message["pid"], message["port"]
        self._lines.put(message)
