"""The environment and the code of a run, recorded while training has long begun."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from runicorn.sdk.complaints import get_logger

if TYPE_CHECKING:
    from runicorn.sdk.run import Run


class EnvironmentRecorder:
    """Writes environment.json, git.patch and the code artifact from a thread.

    The thread is no daemon, so that a short script still leaves its record: the interpreter waits for it at its end,
    as long as the probes' own time limits allow.
    """

    def __init__(self, run: Run, environment: bool, code: bool | str | os.PathLike[str]) -> None:
        self._run = run
        self._environment = environment
        self._code = code
        self._folder = Path.cwd()

    def start(self) -> None:
        """Begin to record."""
        threading.Thread(target=self._record, name="runicorn-environment").start()

    def stop(self) -> None:
        """The record is finished on its own."""

    def after_fork(self) -> None:
        """The record is the parent's."""

    def _record(self) -> None:
        try:
            if self._environment:
                from runicorn.sdk.environment import capture_for_run

                capture_for_run(self._run.run_dir, self._folder)
            if self._code:
                from runicorn.sdk.code import log_code

                log_code(self._run, self._folder if self._code is True else Path(self._code))
        except Exception:  # noqa: BLE001 - a thread's edge: training must not hear of it
            get_logger().warning("The environment of run %s could not be recorded.", self._run.id, exc_info=True)
