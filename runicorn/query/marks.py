"""What the event files of a run look like from outside: whether something derived from them still holds."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any

from runicorn.query.records import RunRecord
from runicorn.storage.layout import is_event_file
from runicorn.storage.status import RUNNING

Mark = list[Any]
"""The modification time of a run folder, and name, inode, size and modification time of every event file in it. Marks
are of the same files if their second parts are equal."""

_AT_REST_S = 60.0


class Marks:
    """The marks of runs. A run at rest is looked at again only when the catalogue has read it again."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[RunRecord, Mark]] = {}

    def of(self, run: RunRecord, known: Mark | None = None) -> Mark:
        """Return the mark of a run. One `known` from an earlier process spares listing a folder that is as it was."""
        seen = self._seen.get(run.files.folder)
        if seen is not None and seen[0] is run and is_at_rest(run):
            return seen[1]
        mark = _look(run.files.folder, known)
        self._seen[run.files.folder] = (run, mark)
        return mark


def is_mark(value: Any) -> bool:
    """Whether what was read from a file has the shape of a mark."""
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[1], list):
        return False
    return all(isinstance(file, list) and len(file) == 4 and isinstance(file[0], str) for file in value[1])


def is_at_rest(run: RunRecord) -> bool:
    """Whether nothing more is to be expected of a run."""
    return run.stored_status != RUNNING and time.time() - run.updated_at > _AT_REST_S


def _look(folder: str, known: Mark | None) -> Mark:
    files: list[list[Any]] = []
    changed = 0
    with contextlib.suppress(OSError):
        changed = os.stat(folder).st_mtime_ns
        if known is not None and known[0] == changed:
            return [changed, [_file(folder, name) for name, *_ in known[1]]]
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_event_file(entry.name) and entry.is_file(follow_symlinks=False):
                    files.append(_file(folder, entry.name))
    return [changed, sorted(files)]


def _file(folder: str, name: str) -> list[Any]:
    details = os.lstat(f"{folder}{os.sep}{name}")
    return [name, details.st_ino, details.st_size, details.st_mtime_ns]
