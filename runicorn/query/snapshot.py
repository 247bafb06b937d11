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
from typing import Any, TypeVar

import orjson

from runicorn.query.records import RunRecord
from runicorn.storage.documents import Damaged, read_bytes, write_bytes
from runicorn.storage.layout import STATUS, RunFiles
from runicorn.storage.scan import FolderScan

FORMAT = 3
_FEW = 4
"""So few runs in a folder are looked up by their whole paths."""

_MAX_BYTES = 1 << 30
_RECORD = RunRecord._fields[1:]
"""All but the files, which the scan of folders gives."""

_FIELDS = ["folder", "changed_ns", "status_ns", "status_bytes", "folder_time", "digest", *_RECORD]
_OWN = len(_FIELDS) - len(_RECORD)
_TUPLES = [place for place, name in enumerate(_FIELDS) if name in ("tags", "warnings")]

Row = TypeVar("Row")
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
    """The folders of a root and its settled runs, in one file. `state` stands for what else the records depend on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, scan: FolderScan, state: Any) -> tuple[list[RunFiles], dict[str, Seen]]:
        """Return the run folders that `scan` finds, and by folder what was saved of those that did not change since."""
        try:
            document = orjson.loads(read_bytes(self._path, limit=_MAX_BYTES))
            if (document["format"], document["fields"]) != (FORMAT, _FIELDS):
                return scan.runs(), {}
            scan.start_with(document["folders"])
            folders = scan.runs()
            return folders, dict(_restored(folders, document["columns"])) if document["state"] == state else {}
        except (OSError, Damaged, ValueError, LookupError, TypeError):
            scan.start_with([])
            return scan.runs(), {}

    def save(self, scan: FolderScan, runs: Iterable[Seen], state: Any) -> None:
        """Replace the snapshot, if the cache folder lets us. What JSON cannot hold, a folder whose name is no Unicode
        for instance, is left out and read from its files next time."""
        columns = list(zip(*_writable(map(_row, filter(_is_settled, runs))), strict=True)) or [()] * len(_FIELDS)
        folders = list(_writable(scan.listed()))
        document = {"format": FORMAT, "fields": _FIELDS, "state": state, "folders": folders, "columns": columns}
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(self._path, orjson.dumps(document), mode=0o600, sync=False)


def look(folders: Iterable[RunFiles]) -> Iterator[Mark | None]:
    """Yield the mark of each run as it is now, None when its folder is gone."""
    for parent, group in groupby(folders, key=lambda files: files.folder.rpartition(os.sep)[0]):
        runs = list(group)
        if len(runs) <= _FEW:
            yield from [_look(files.folder, None) for files in runs]
            continue
        with _opened(parent) as opened:
            start = 0 if opened is None else len(parent) + 1
            yield from [_look(files.folder[start:], opened) for files in runs]


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
    for place in _TUPLES:
        columns[place] = list(map(tuple, columns[place]))
    place_of = {folder: place for place, folder in enumerate(columns[0])}
    marks = list(zip(*columns[1:4], strict=True))
    times, digests = columns[4:_OWN]
    records = list(zip(*columns[_OWN:], strict=True))
    for files, mark in zip(folders, look(folders), strict=True):
        place = place_of.get(files.folder, -1)
        if place >= 0 and mark is not None and mark == marks[place]:
            record = RunRecord._make((files, *records[place]))
            yield files.folder, Seen(record, times[place], digests[place], mark, settled=True)


def _is_settled(run: Seen) -> bool:
    return run.settled


def _row(run: Seen) -> list[Any]:
    return [run.record.files.folder, *run.mark, run.folder_time, run.digest, *run.record[1:]]


def _writable(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        with contextlib.suppress(TypeError):
            orjson.dumps(row)
            yield row
