"""What a run says about itself: its meta, status, summary, config and labels, kept up while it goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from runicorn.sdk.config import Config
from runicorn.sdk.documents import REMOVED
from runicorn.sdk.events import EventLog
from runicorn.sdk.recorder import Recorder
from runicorn.sdk.settings import Settings
from runicorn.sdk.start import Start
from runicorn.sdk.summary import Summary
from runicorn.sdk.values import to_json_or_text
from runicorn.sdk.watch import Watch
from runicorn.storage.documents import find_object
from runicorn.storage.status import RUNNING


class RunRecord:
    """Owns the documents of one run. Only the process the run belongs to speaks in meta.json and status.json."""

    def __init__(self, start: Start, settings: Settings, recorder: Recorder, events: EventLog, watch: Watch) -> None:
        self.summary = Summary(start.summary, self._write_summary)
        self.config = Config(find_object(start.files.config), self._write_config)
        self._files = start.files
        self._settings = settings
        self._recorder = recorder
        self._events = events
        self._watch = watch
        self._owner_pid = os.getpid() if start.is_owner else None
        self._reported = (0, 0)

    @property
    def is_owner(self) -> bool:
        """Whether the run belongs to this process: not to another rank, and not to the parent of a fork."""
        return self._owner_pid == os.getpid()

    def begin(self, start: Start) -> None:
        """Say that the run is running, and where a further attempt starts."""
        if start.failure is not None:
            self._recorder.report(start.failure)
        if not self.is_owner:
            return
        self._recorder.documents.update(self._files.meta, start.meta)
        self._say(status=RUNNING, started_at=time.time(), ended_at=REMOVED, exit_reason=REMOVED)
        if start.attempt > 1:
            self._events.log_record("resume", {"attempt": start.attempt, "step": start.step})

    def label(self) -> None:
        """Write the labels given at the start."""
        labels = self._settings.labels
        if not (labels and self.is_owner):
            return
        from runicorn.storage.labels import write_labels

        try:
            write_labels(self._settings.root, self._files, sync=False, **labels)
        except OSError as error:
            self._recorder.report(error)

    def define(self) -> None:
        """Say how metrics are defined."""
        if self.is_owner and self._watch.definitions is not None:
            self._recorder.documents.update(self._files.meta, {"metrics": self._watch.definitions.to_json()})

    def keep_up(self) -> None:
        """Write down what only memory knows: the best values so far, and what could not be kept."""
        if found := self._watch.take_summary():
            self.summary(found)
        lost = (self._recorder.dropped, self._events.refused)
        if lost != self._reported and self.is_owner:
            self._reported = lost
            self._say(dropped_events=lost[0], refused_values=lost[1])

    def end(self, status: str) -> None:
        """Say that the run has ended, as soon as the recorder is flushed."""
        if self.is_owner:
            self._recorder.documents.remember(self._files.status, {"status": status, "ended_at": time.time()})

    def _say(self, **fields: Any) -> None:
        self._recorder.documents.update(self._files.status, fields)

    def _write_summary(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        kept: dict[str, Any] = to_json_or_text(changes)
        self._recorder.documents.update(self._files.summary, kept)
        return kept

    def _write_config(self) -> None:
        self._recorder.documents.update(self._files.config, self.config.as_dict())
