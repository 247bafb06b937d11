"""Which run an integration writes to."""

from __future__ import annotations

from typing import Any

from runicorn.sdk import Run, get_active_run, init


class ChosenRun:
    """The run given, else the active one, else a new one begun with `options`; only a new one is ever finished here."""

    def __init__(self, run: Run | None, options: dict[str, Any]) -> None:
        self._run = run
        self._options = options
        self._is_own = False

    def get(self) -> Run:
        """Return the run, beginning it when there is none yet."""
        if self._run is None:
            self._run = get_active_run()
        if self._run is None:
            self._run, self._is_own = init(**self._options), True
        return self._run

    def finish(self, status: str = "finished") -> None:
        """End the run if it was begun here, else make sure that it is on disk."""
        if self._run is None:
            return
        if self._is_own:
            self._run.finish(status)
        else:
            self._run.flush()
