"""The catalogue on disk, so that a new process starts with what an earlier one read.

It lies in the cache folder and may vanish or be damaged at any moment: then the runs are read again. It is written by
columns, which are read several times faster than as many small objects.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from runicorn.query.records import RunRecord
from runicorn.storage.documents import Damaged, read_bytes, write_bytes
from runicorn.storage.layout import STATUS, RunFiles

FORMAT = 2
_MAX_BYTES = 1 << 30
_RECORD = RunRecord._fields[1:]
"""All but the files, which the scan of folders gives."""

_FIELDS = ["folder", "changed_ns", "status_ns", "status_bytes", "folder_time", "digest", *_RECORD]
_OWN = len(_FIELDS) - len(_RECORD)
_TUPLES = [place for place, name in enumerate(_FIELDS) if name in ("tags", "warnings")]

Mark = tuple[int, int, int]
"""Folder time in ns, and time and size of status.json: what changes when a run at rest is touched."""


@dataclass(slots=True)
class Seen:
    """A run as it was last read. `digest` is of the names, times and sizes of all its files; a run that is `settled`
    is read again only when its `mark` changes."""

    record: RunRecord
    folder_time: float
    digest: str
    mark: Mark
    settled: bool


class Snapshot:
    """The settled runs of a root, in one file. `state` stands for what else their records depend on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, folders: Sequence[RunFiles], state: Any) -> dict[str, Seen]:
        """Return what was saved of those of `folders` that did not change since, by folder."""
        try:
            document = orjson.loads(read_bytes(self._path, limit=_MAX_BYTES))
            if (document["format"], document["fields"], document["state"]) != (FORMAT, _FIELDS, state):
                return {}
            columns = document["columns"]
            for place in _TUPLES:
                columns[place] = list(map(tuple, columns[place]))
            return dict(_restored(folders, columns))
        except (OSError, Damaged, ValueError, LookupError, TypeError):
            return {}

    def save(self, runs: Iterable[Seen], state: Any) -> None:
        """Replace the snapshot, if the cache folder lets us. A run that JSON cannot hold, one whose folder's name is
        no Unicode for instance, is left out and read from its files next time."""
        columns = list(zip(*_rows(runs), strict=True)) or [()] * len(_FIELDS)
        document = {"format": FORMAT, "fields": _FIELDS, "state": state, "columns": columns}
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(self._path, orjson.dumps(document), mode=0o600, sync=False)


def look(folders: Iterable[RunFiles]) -> Iterator[Mark | None]:
    """Yield the mark of each run as it is now, None when its folder is gone."""
    for parent, runs in groupby(folders, key=lambda files: files.folder.rpartition(os.sep)[0]):
        with _opened(parent) as opened:
            start = 0 if opened is None else len(parent) + 1
            for files in runs:
                yield _look(files.folder[start:], opened)


def _look(folder: str, opened: int | None) -> Mark | None:
    try:
        changed = os.stat(folder, dir_fd=opened).st_mtime_ns
    except OSError:
        return None
    try:
        status = os.stat(f"{folder}{os.sep}{STATUS}", dir_fd=opened, follow_symlinks=False)
    except OSError:
        return (changed, 0, 0)
    return (changed, status.st_mtime_ns, status.st_size)


@contextlib.contextmanager
def _opened(folder: str) -> Iterator[int | None]:
    """Open a folder for paths that begin in it, which are found faster; None where that cannot be done."""
    opened = None
    if os.stat in os.supports_dir_fd:
        with contextlib.suppress(OSError):
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield opened
    finally:
        if opened is not None:
            os.close(opened)


def _restored(folders: Sequence[RunFiles], columns: list[list[Any]]) -> Iterator[tuple[str, Seen]]:
    place_of = {folder: place for place, folder in enumerate(columns[0])}
    marks = list(zip(*columns[1:4], strict=True))
    times, digests = columns[4:_OWN]
    records = list(zip(*columns[_OWN:], strict=True))
    for files, mark in zip(folders, look(folders), strict=True):
        place = place_of.get(files.folder)
        if place is not None and mark is not None and mark == marks[place]:
            record = RunRecord._make((files, *records[place]))
            yield files.folder, Seen(record, times[place], digests[place], mark, settled=True)


def _rows(runs: Iterable[Seen]) -> Iterator[list[Any]]:
    for run in runs:
        if run.settled:
            row = [run.record.files.folder, *run.mark, run.folder_time, run.digest, *run.record[1:]]
            with contextlib.suppress(TypeError):
                orjson.dumps(row)
                yield row
