"""The runs of this process, for when it forks and when it ends."""

from __future__ import annotations

import atexit
import os
import weakref
from typing import TYPE_CHECKING

from runicorn.storage.status import FAILED, FINISHED, INTERRUPTED

if TYPE_CHECKING:
    from runicorn.sdk.run import Run

_runs: weakref.WeakSet[Run] = weakref.WeakSet()


def follow(run: Run) -> None:
    """Tell `run` of forks and of the end of the process, as long as anybody holds it."""
    _runs.add(run)


def status_after(error: BaseException | None) -> str:
    """Return how a run has ended whose `with` block was left by `error`."""
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return FINISHED
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED


def _after_fork() -> None:
    for run in list(_runs):
        run._after_fork()


def _at_exit() -> None:
    for run in list(_runs):
        run._at_exit()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
