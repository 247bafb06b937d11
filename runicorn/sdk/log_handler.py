"""Records of Python's logging, also in the log of a run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from runicorn.sdk.complaints import LOGGER

if TYPE_CHECKING:
    from runicorn.sdk.run import Run


class LogHandler(logging.Handler):
    """Writes records into the log of `run`, or of the run that is active then; without one they are passed over.

    `logging.getLogger().addHandler(runicorn.LogHandler())`. What Runicorn itself logs is left out.
    """

    def __init__(self, run: Run | None = None, level: int | str = logging.NOTSET) -> None:
        super().__init__(level)
        self._run = run
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        from runicorn.sdk.active import get_active_run

        run = self._run or get_active_run()
        if run is None or record.name == LOGGER:
            return
        try:
            run.log_text(self.format(record))
        except Exception:  # noqa: BLE001 - logging's own rule: a handler reports, it does not raise
            self.handleError(record)
