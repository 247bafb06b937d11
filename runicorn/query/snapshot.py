"""The catalogue on disk, so that a new process starts with what an earlier one read.

It lies in the cache folder and may vanish or be damaged at any moment: then the runs are read again. It is written by
columns, which are read several times faster than as many small objects.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import orjson

from runicorn.query.records import RunRecord
from runicorn.storage.documents import Damaged, read_bytes, write_bytes
from runicorn.storage.layout import STATUS, RunFiles

FORMAT = 2
_MAX_BYTES = 1 << 30
_RECORD = [field.name for field in fields(RunRecord) if field.name != "files"]
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

    def load(self, folders: Iterable[RunFiles], state: Any) -> dict[str, Seen]:
        """Return what was saved of those of `folders` that did not change since, by folder."""
        try:
            document = orjson.loads(read_bytes(self._path, limit=_MAX_BYTES))
            if (document["format"], document["fields"], document["state"]) != (FORMAT, _FIELDS, state):
                return {}
            columns = document["columns"]
            for place in _TUPLES:
                columns[place] = list(map(tuple, columns[place]))
            saved = dict(zip(columns[0], zip(*columns, strict=True), strict=True))
            return dict(_restored(folders, saved))
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


def look(files: RunFiles) -> Mark | None:
    """Return the mark of a run as it is now, None when its folder is gone."""
    try:
        changed = os.stat(files.folder).st_mtime_ns
    except OSError:
        return None
    try:
        status = os.lstat(f"{files.folder}{os.sep}{STATUS}")
    except OSError:
        return (changed, 0, 0)
    return (changed, status.st_mtime_ns, status.st_size)


def _restored(folders: Iterable[RunFiles], saved: dict[str, tuple[Any, ...]]) -> Iterator[tuple[str, Seen]]:
    for files in folders:
        row = saved.get(files.folder)
        if row is None or row[1:4] != (mark := look(files)) or mark is None:
            continue
        yield files.folder, Seen(RunRecord(files, *row[_OWN:]), row[4], row[5], mark, settled=True)


def _rows(runs: Iterable[Seen]) -> Iterator[list[Any]]:
    for run in runs:
        if run.settled:
            values = [getattr(run.record, name) for name in _RECORD]
            row = [run.record.files.folder, *run.mark, run.folder_time, run.digest, *values]
            with contextlib.suppress(TypeError):
                orjson.dumps(row)
                yield row
