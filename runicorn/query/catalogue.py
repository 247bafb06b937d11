"""The table of runs: in memory, as fresh as the last half second, one folder scan per refresh."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runicorn.errors import RunNotFound
from runicorn.query.records import RunRecord, make_record
from runicorn.storage import layout
from runicorn.storage.labels import read_shared
from runicorn.storage.layout import RunFiles
from runicorn.storage.runs import StoredRun, fingerprint, iter_run_folders, read_run
from runicorn.storage.status import RUNNING

FRESH_S = 0.5
_THREADS = 4
_SETTLED_S = 60.0
"""A run none of whose files changed for so long is looked at less closely; see `_Seen.mark`."""

Mark = tuple[int, int, int]


@dataclass(slots=True)
class _Seen:
    """A run as it was last read. `mark` changes when a file of its folder is added, removed or replaced, or its
    status is written in place; a run that is settled is read again only then."""

    stored: StoredRun
    record: RunRecord
    mark: Mark | None
    settled: bool


class Catalogue:
    """The runs of one storage root."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._seen: dict[Path, _Seen] = {}
        self._live: list[RunRecord] = []
        self._deleted: list[RunRecord] = []
        self._by_id: dict[str, RunRecord] = {}
        self._shared: dict[str, Any] = {}
        self._shared_mark: tuple[int, int] | None = None
        self._scanned = -FRESH_S

    def list_runs(self, project: str | None = None, name: str | None = None, deleted: bool = False) -> list[RunRecord]:
        """Return the live runs, or those in the recycle bin, of one project or name where given.

        Order: projects by lower-cased folder name, names likewise, runs by folder time, newest first; runs of the
        legacy layout last.
        """
        self.refresh()
        runs = self._deleted if deleted else self._live
        return [run for run in runs if project in (None, run.project) and name in (None, run.name)]

    def get(self, run_id: str) -> RunRecord:
        """Return the live run `run_id`. Raises RunNotFound."""
        self.refresh()
        run = self._by_id.get(run_id)
        if run is None:
            self.refresh(now=True)
            run = self._by_id.get(run_id)
        if run is None:
            raise RunNotFound(run_id)
        return run

    def projects(self) -> list[str]:
        """Return the projects of the live runs, by code point."""
        return sorted({run.project for run in self.list_runs() if run.project is not None})

    def names(self, project: str) -> list[str]:
        """Return the experiment names of a project's live runs, by code point."""
        return sorted({run.name for run in self.list_runs(project) if run.name is not None})

    def refresh(self, *, now: bool = False) -> None:
        """Take in what changed on disk, if the last look is more than half a second ago or `now` is asked for.

        Raises nothing: folders that vanish or cannot be read are passed over or shown with a warning.
        """
        if not now and time.monotonic() - self._scanned < FRESH_S:
            return
        with self._lock:
            if not now and time.monotonic() - self._scanned < FRESH_S:
                return
            self._scan()
            self._scanned = time.monotonic()

    def _scan(self) -> None:
        shared_changed = self._read_shared()
        folders = list(iter_run_folders(self._root))
        old, self._seen = self._seen, {}
        changed: list[RunFiles] = []
        for files in folders:
            seen = old.get(files.path)
            if seen is None or _changed(seen):
                changed.append(files)
            else:
                self._seen[files.path] = self._renewed(seen) if shared_changed or _is_running(seen) else seen
        for seen in self._read_all(changed):
            self._seen[seen.stored.files.path] = seen
        self._arrange(files.path for files in folders)

    def _read_all(self, folders: list[RunFiles]) -> Iterable[_Seen]:
        if len(folders) < 2 * _THREADS:
            found = [self._read(files) for files in folders]
        else:
            with ThreadPoolExecutor(_THREADS, "runicorn-catalogue") as pool:
                found = list(pool.map(self._read, folders, chunksize=32))
        return [seen for seen in found if seen is not None]

    def _read(self, files: RunFiles) -> _Seen | None:
        mark = _mark(files)
        try:
            stored = read_run(files)
        except OSError:
            return None
        newest = max((time_ns for _, time_ns, _, _ in stored.fingerprint), default=0)
        settled = stored.status.get("status") != RUNNING and time.time() - newest / 1e9 > _SETTLED_S
        return _Seen(stored, self._record(stored), mark, settled)

    def _renewed(self, seen: _Seen) -> _Seen:
        return _Seen(seen.stored, self._record(seen.stored), seen.mark, seen.settled)

    def _record(self, stored: StoredRun) -> RunRecord:
        return make_record(stored, self._shared.get(stored.files.run_id))

    def _read_shared(self) -> bool:
        """Read the labels all runs share, if they changed."""
        try:
            details = os.stat(self._root / layout.EXPERIMENTS_METADATA)
            mark = (details.st_mtime_ns, details.st_size)
        except OSError:
            mark = None
        if mark == self._shared_mark:
            return False
        self._shared, self._shared_mark = read_shared(self._root), mark
        return True

    def _arrange(self, paths: Iterable[Path]) -> None:
        """Put the runs in the order of the contract. Folders come grouped and sorted by project and name already."""
        seen = [self._seen[path] for path in paths if path in self._seen]
        place: dict[tuple[str | None, str | None], int] = {}
        for run in seen:
            place.setdefault((run.stored.files.project_folder, run.stored.files.name_folder), len(place))
        seen.sort(
            key=lambda run: (
                place[run.stored.files.project_folder, run.stored.files.name_folder],
                -run.stored.folder_time,
            )
        )
        records = [run.record for run in seen]
        self._live = [record for record in records if not record.deleted]
        self._deleted = [record for record in records if record.deleted]
        self._by_id = {record.id: record for record in reversed(self._live)}


def _is_running(seen: _Seen) -> bool:
    return seen.record.stored_status == RUNNING


def _changed(seen: _Seen) -> bool:
    files = seen.stored.files
    if seen.settled:
        return _mark(files) != seen.mark
    try:
        return fingerprint(files) != seen.stored.fingerprint or os.stat(files.path).st_mtime != seen.stored.folder_time
    except OSError:
        return True


def _mark(files: RunFiles) -> Mark | None:
    folder = os.fspath(files.path)
    try:
        changed = os.stat(folder).st_mtime_ns
    except OSError:
        return None
    try:
        status = os.stat(f"{folder}/{layout.STATUS}")
    except OSError:
        return (changed, 0, 0)
    return (changed, status.st_mtime_ns, status.st_size)
