"""What the event files of a run look like from outside: whether something derived from them still holds."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any

from runicorn.query.records import RunRecord
from runicorn.storage.layout import is_event_file
from runicorn.storage.status import RUNNING

Mark = list[list[Any]]
"""Name, inode, size and modification time of every event file of a run."""

_AT_REST_S = 60.0


class Marks:
    """The marks of runs. A run at rest is looked at again only when the catalogue has read it again."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[RunRecord, Mark]] = {}

    def of(self, run: RunRecord) -> Mark:
        """Return the mark of a run."""
        seen = self._seen.get(run.files.folder)
        if seen is not None and seen[0] is run and is_at_rest(run):
            return seen[1]
        mark = _look(run)
        self._seen[run.files.folder] = (run, mark)
        return mark


def is_at_rest(run: RunRecord) -> bool:
    """Whether nothing more is to be expected of a run."""
    return run.stored_status != RUNNING and time.time() - run.updated_at > _AT_REST_S


def _look(run: RunRecord) -> Mark:
    mark = []
    with contextlib.suppress(OSError), os.scandir(run.files.folder) as entries:
        for entry in entries:
            if is_event_file(entry.name) and entry.is_file(follow_symlinks=False):
                details = os.lstat(entry.path)
                mark.append([entry.name, details.st_ino, details.st_size, details.st_mtime_ns])
    return sorted(mark)
