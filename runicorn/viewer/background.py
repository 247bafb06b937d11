"""What the viewer does unasked: it looks at the disk ahead of those who ask, and once a minute it writes down which
runs died. It ends when the server does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from flask import Flask

from runicorn.storage.status import mark_dead_runs
from runicorn.viewer import current

log = logging.getLogger(__name__)

CHECK_SECONDS = 60.0
LOOK_SECONDS = 0.4
"""The pause between looks at the disk; they never take more than half the time."""


class LastRequest:
    """When somebody last asked for something, on the monotonic clock."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def touch(self) -> None:
        self.at = time.monotonic()

    def idle_seconds(self) -> float:
        return time.monotonic() - self.at


def init_app(app: Flask) -> None:
    """Note the time of every request, for viewers that end themselves when nobody looks."""
    last = app.extensions["runicorn-last-request"] = LastRequest()

    @app.before_request
    def note_request() -> None:
        last.touch()


def start(app: Flask, *, idle_seconds: float | None = None, stop: Callable[[], None] | None = None) -> None:
    """Start the background threads of `app`. With `idle_seconds`, call `stop` when no request came for so long."""
    threading.Thread(target=_look_ahead, args=(app,), name="runicorn-look-ahead", daemon=True).start()
    threading.Thread(target=_check_dead_runs, args=(app,), name="runicorn-dead-runs", daemon=True).start()
    if idle_seconds is not None and stop is not None:
        watch = threading.Thread(target=_watch_idle, args=(app, idle_seconds, stop), name="runicorn-idle", daemon=True)
        watch.start()


def _look_ahead(app: Flask) -> None:
    """Keep the list of runs fresh for as long as somebody asks for it; the first look is before anybody does. Who looks
    at the table opens a run next: what its charts need is loaded by then."""
    viewer = current.viewer(app)
    pause = 0.0
    while not viewer.stopping.wait(pause):
        started = time.monotonic()
        try:
            viewer.reader().runs.refresh_ahead()
            if viewer.looked_at.is_set():
                viewer.looked_at.clear()
                viewer.reader().prepare()
        except Exception:
            log.info("Looking ahead failed; whoever asks is told why.", exc_info=True)
        pause = max(LOOK_SECONDS, time.monotonic() - started)


def _check_dead_runs(app: Flask) -> None:
    viewer = current.viewer(app)
    while not viewer.stopping.wait(CHECK_SECONDS):
        try:
            mark_dead_runs(viewer.root)
        except OSError as error:
            log.warning("The check for dead runs failed: %s", error.strerror)


def _watch_idle(app: Flask, idle_seconds: float, stop: Callable[[], None]) -> None:
    viewer, last = current.viewer(app), app.extensions["runicorn-last-request"]
    while not viewer.stopping.wait(max(0.2, idle_seconds - last.idle_seconds())):
        if last.idle_seconds() >= idle_seconds:
            log.warning("No request for %d seconds: the viewer ends.", idle_seconds)
            stop()
            return
