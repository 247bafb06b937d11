"""One viewer that runs on a far machine and is looked at here: started, kept over dropped links, stopped."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from typing import Any

from runicorn._version import __version__
from runicorn.errors import Conflict, NotFound, RunicornError
from runicorn.remote.connection import Connection
from runicorn.remote.environments import Environment, check_path
from runicorn.remote.errors import ViewerStartFailed
from runicorn.remote.health import find_health, is_protected
from runicorn.remote.keeper import Keeper, LinkLost
from runicorn.remote.tunnel import HOST, Tunnel
from runicorn.remote.versions import version_warnings

log = logging.getLogger(__name__)

START_TIMEOUT_S = 60.0
BEAT_S = 10.0
BEAT_TIMEOUT_S = 20.0
PATIENCE_S = 60.0
"""The far viewer ends when it has not heard from us for so long."""

GIVE_UP_S = 15 * 60.0
"""A session ends when its link could not be taken up again for so long."""


class ViewerSession:
    """One far viewer behind one local port. `status` is connecting, running or stopped; `step` says it in words.

    A thread of its own starts the viewer, sends the beats, and after a dropped link connects and starts it anew
    behind the same port and with the same token.
    """

    def __init__(
        self,
        connection: Connection,
        environment: Environment,
        root: str,
        *,
        local_port: int | None = None,
        remote_port: int | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.id = secrets.token_hex(4)
        self.connection = connection
        self.environment = environment
        self.root = check_path(root)
        self.status, self.step = "connecting", "starting the far viewer"
        self.error: str | None = None
        self.started_at = time.time()
        self.far_pid: int | None = None
        self.far_port = remote_port
        self.latency_s: float | None = None
        self.warnings: tuple[str, ...] = version_warnings(environment.runicorn_version, __version__)
        self.protected = False
        self._wanted_port = remote_port
        self._patience_s = patience_s
        self._token = secrets.token_urlsafe(24)
        self._tunnel = Tunnel(self._open_channel, local_port=local_port)
        self.local_port = self._tunnel.local_port
        self._stopping, self._settled = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"remote-viewer-{self.id}", daemon=True)

    @property
    def address(self) -> str:
        """The tunnel's near end."""
        return f"http://localhost:{self.local_port}"

    @property
    def url(self) -> str:
        """What to open in a browser: the address, with the token when the far viewer asks for one."""
        return f"{self.address}/?token={self._token}" if self.protected else self.address

    @property
    def is_active(self) -> bool:
        return self.status == "running" and self.connection.is_active

    def start(self) -> None:
        """Return once the far viewer answers. Raises ViewerStartFailed, with everything cleaned up."""
        if self.environment.runicorn_version is None:
            self._tunnel.close()
            self.status = "stopped"
            raise ViewerStartFailed(_missing(self.environment))
        self._thread.start()
        self._settled.wait()
        if self.status == "stopped":
            raise ViewerStartFailed(self.error or "it was stopped.")

    def stop(self) -> None:
        """End the far viewer and the tunnel, and wait for both."""
        self._stopping.set()
        self._thread.join()

    def _open_channel(self) -> Any:
        return self.connection.open_channel((HOST, self.far_port or 0))

    def _run(self) -> None:
        try:
            self._keep()
        except RunicornError as error:
            self.error = getattr(error, "reason", None) or str(error)
            log.warning("Remote viewer %s on %s: %s", self.id, self.connection.id, self.error)
        finally:
            self._tunnel.close()
            self.status, self.step = "stopped", "stopped"
            self._settled.set()

    def _keep(self) -> None:
        """Serve one link after the other until told to stop. Raises when the viewer cannot be had any more."""
        while not self._stopping.is_set():
            try:
                self._serve()
            except LinkLost as error:
                self.status, self.step, self.latency_s = "connecting", "the link is down; connecting again", None
                self.connection.drop()
                self._reconnect(error)

    def _serve(self) -> None:
        """Start the far viewer and stay with it until told to stop. Raises LinkLost or ViewerStartFailed."""
        self.step = "starting the far viewer"
        job = {"root": self.root, "port": self._wanted_port, "token": self._token, "patience_s": self._patience_s}
        keeper = Keeper(self.connection, python=self.environment.python, job=job)
        try:
            self._await_start(keeper)
            self._await_health(keeper)
            self.status, self.step = "running", "running"
            self._settled.set()
            while self._rest(keeper):
                self._beat(keeper)
        finally:
            keeper.close()

    def _rest(self, keeper: Keeper) -> bool:
        """Wait until the next beat is due, or the channel closed; say False when it is time to stop."""
        due = time.monotonic() + BEAT_S
        while not keeper.is_closed and time.monotonic() < due:
            if self._stopping.wait(min(0.2, BEAT_S)):
                return False
        return not self._stopping.is_set()

    def _await_start(self, keeper: Keeper) -> None:
        message = keeper.receive(START_TIMEOUT_S)
        if message is None:
            raise LinkLost(f"the link to {self.connection.id} broke while the viewer started.")
        if message["event"] == "ended":
            raise ViewerStartFailed(_ending(message))
        self.far_pid, self.far_port = keeper.pid, keeper.port

    def _await_health(self, keeper: Keeper) -> None:
        """Return when the far viewer answers through the tunnel."""
        self.step = "waiting for the far viewer to answer"
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._stopping.is_set():
            self._beat(keeper)
            if find_health(self.local_port, self._token):
                self._learn()
                return
            if time.monotonic() > deadline:
                raise ViewerStartFailed(f"the far viewer did not answer within {START_TIMEOUT_S:.0f} s.")
            self._stopping.wait(0.2)

    def _learn(self) -> None:
        self.protected = is_protected(self.local_port)
        if not self.protected:
            warning = "This version asks for no token: other users of the far machine can open it while it runs."
            self.warnings = (*version_warnings(self.environment.runicorn_version, __version__), warning)

    def _beat(self, keeper: Keeper) -> None:
        self.latency_s, ended = keeper.beat(BEAT_TIMEOUT_S)
        self.far_pid, self.far_port = keeper.pid, keeper.port
        if ended:
            raise ViewerStartFailed(_ending(ended))

    def _reconnect(self, cause: LinkLost) -> None:
        """Take the link up again, waiting longer from try to try. Raises what the last try raised."""
        deadline, pause = time.monotonic() + GIVE_UP_S, 0.5
        if not self._settled.is_set():
            raise cause
        while not self._stopping.wait(pause):
            try:
                return self.connection.open()
            except (Conflict, NotFound):
                raise
            except RunicornError as error:
                if time.monotonic() > deadline or getattr(error, "step", "") == "authentication":
                    raise
                pause = min(2 * pause, 30.0)
        return None


def _missing(environment: Environment) -> str:
    return (
        f"Runicorn is not installed in the environment '{environment.name}'. "
        f"Install it there with: {environment.install_command}"
    )


def _ending(message: dict[str, Any]) -> str:
    """Say why the far viewer ended, in its own last words."""
    output = str(message.get("output") or "").strip()
    return f"the far viewer ended: {output[-2000:]}" if output else "the far viewer ended without a word."
