"""The table of runs: in memory, never a second old, one folder scan per refresh."""

from __future__ import annotations

import operator
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from runicorn.errors import RunNotFound
from runicorn.query.records import RunRecord, make_record
from runicorn.query.snapshot import Mark, Seen, Snapshot, look
from runicorn.storage import layout
from runicorn.storage.labels import read_shared
from runicorn.storage.layout import RunFiles
from runicorn.storage.runs import Fingerprint, StoredRun, fingerprint, read_run
from runicorn.storage.scan import FolderScan
from runicorn.storage.status import RUNNING

FRESH_S = 0.8
"""How old what is shown may be."""

SNAPSHOT = "runs.json"
_SAVE_EVERY_S = 30.0
_THREADS = 8
_PROBED = 64
_WAITING = 3.0
"""Threads read the runs after the first _PROBED, if those took so many times longer than our own work on them."""

_SETTLED_S = 10.0
"""How long the files of a run that is not running must be at rest before it is looked at less closely."""

_WANTED_S = 10.0
"""How long after a question `refresh_ahead` goes on."""

_GLANCED_AT_PER_SCAN = 10_000
"""Settled runs whose folder and status are looked at in one scan. Where there are more they take turns."""

_EXAMINED_PER_SCAN = 50
"""Settled runs whose every file is looked at in one scan, in turn: others write in place what we replace."""


class Catalogue:
    """The runs of one storage root. `cache_dir` is where a snapshot is kept, None for none."""

    def __init__(self, root: Path, cache_dir: Path | None = None) -> None:
        self._root = root
        self._snapshot = None if cache_dir is None else Snapshot(cache_dir / SNAPSHOT)
        self._folders = FolderScan(root)
        self._lock = threading.Lock()
        self._seen: dict[str, Seen] | None = None
        self._live: list[RunRecord] = []
        self._deleted: list[RunRecord] = []
        self._by_id: dict[str, RunRecord] = {}
        self._shared: dict[str, Any] = {}
        self._shared_mark: tuple[int, int] | None = None
        self._scanned = -FRESH_S
        self._asked = time.monotonic()
        self._turns = (0, 0)
        self._saved = 0.0
        self._unsaved = False

    def list_runs(self, project: str | None = None, name: str | None = None, deleted: bool = False) -> list[RunRecord]:
        """Return the live runs, or those in the recycle bin, of one project or name where given.

        Order: projects by lower-cased folder name, names likewise, runs by folder time, newest first; runs of the
        legacy layout last.
        """
        self.refresh()
        runs = self._deleted if deleted else self._live
        if project is None and name is None:
            return list(runs)
        return [run for run in runs if project in (None, run.project) and name in (None, run.name)]

    def live_runs(self) -> Sequence[RunRecord]:
        """Return the live runs in order; the same object as long as none of them changes."""
        self.refresh()
        return self._live

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
        """Take in what changed on disk, if the last look is more than FRESH_S ago or `now` is asked for: then no run
        is left for a later turn.

        Raises nothing: folders that vanish or cannot be read are passed over or shown with a warning.
        """
        self._asked = asked = time.monotonic()
        if now or asked - self._scanned > FRESH_S:
            self._refresh(asked, 0 if now else FRESH_S, every_run=now)

    def refresh_ahead(self) -> None:
        """Look at the disk now, if somebody asked for runs lately, so that the next one who asks need not wait."""
        if time.monotonic() - self._asked < _WANTED_S:
            self._refresh(time.monotonic(), 0, every_run=False)

    def close(self) -> None:
        """Save the snapshot, if anything changed since it was saved last."""
        with self._lock:
            self._save()

    def _refresh(self, asked: float, age: float, *, every_run: bool) -> None:
        with self._lock:
            few = len(self._seen or ()) <= _GLANCED_AT_PER_SCAN
            if asked - self._scanned < age and (few or not every_run):
                return
            started = time.monotonic()
            self._scan(every_run)
            self._scanned = started
            self._save_now_and_then()

    def _scan(self, every_run: bool) -> None:
        relabelled = self._read_shared()
        if self._snapshot is not None and self._seen is None:
            folders, seen = self._snapshot.load(self._folders, self._state())
        else:
            folders = self._folders.runs()
            turns = self._next_turns(len(folders), every_run)
            seen = {} if relabelled else self._unchanged(folders, self._seen or {}, *turns)
        changed = [files for files in folders if files.folder not in seen]
        for files, fresh in zip(changed, self._read_all(changed), strict=True):
            if fresh is not None:
                seen[files.folder] = fresh
        old, self._seen = self._seen, seen
        if changed or old is None or len(seen) != len(old):
            self._unsaved = True
            self._arrange([files for files in folders if files.folder in seen], seen)

    def _unchanged(
        self, folders: list[RunFiles], old: dict[str, Seen], glanced_at: range, examined: range
    ) -> dict[str, Seen]:
        """The runs that need not be read again. Those said to be running always are: their process may have died."""
        seen = {}
        marks = dict(zip(glanced_at, look(folders[glanced_at.start : glanced_at.stop]), strict=False))
        for place, files in enumerate(folders):
            known = old.get(files.folder)
            if known is None or known.record.stored_status == RUNNING:
                continue
            if not known.settled or place in examined:
                same = not _differs(known)
            else:
                same = marks.get(place, known.mark) == known.mark
            if same:
                seen[files.folder] = known
        return seen

    def _next_turns(self, count: int, every_run: bool) -> tuple[range, range]:
        """Which places of the list are glanced at and which are examined in this scan."""
        sizes = (count if every_run else _GLANCED_AT_PER_SCAN, _EXAMINED_PER_SCAN)
        turns = []
        for start, size in zip((0 if every_run else self._turns[0], self._turns[1]), sizes, strict=True):
            start = start if start < count else 0
            turns.append(range(start, start + size))
        self._turns = (turns[0].stop, turns[1].stop)
        return turns[0], turns[1]

    def _read_all(self, folders: list[RunFiles]) -> list[Seen | None]:
        """Read runs one by one, or in threads where the storage makes us wait; elsewhere threads only get in each
        other's way."""
        started, worked = time.perf_counter(), time.thread_time()
        first = [self._read(files) for files in folders[:_PROBED]]
        work = time.thread_time() - worked
        rest = folders[_PROBED:]
        if time.perf_counter() - started < _WAITING * work:
            return first + [self._read(files) for files in rest]
        parts = [rest[start : start + _PROBED] for start in range(0, len(rest), _PROBED)]
        with ThreadPoolExecutor(_THREADS, "runicorn-catalogue") as pool:
            return first + list(chain.from_iterable(pool.map(lambda part: [*map(self._read, part)], parts)))

    def _read(self, files: RunFiles) -> Seen | None:
        try:
            stored = read_run(files)
        except OSError:
            return None
        newest = max((time_ns for _, time_ns, _, _ in stored.fingerprint), default=0)
        settled = stored.status.get("status") != RUNNING and time.time() - newest / 1e9 > _SETTLED_S
        record = make_record(stored, self._shared.get(files.run_id))
        return Seen(record, stored.folder_time, _digest(stored.fingerprint), _mark(stored), settled)

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

    def _state(self) -> list[int] | None:
        return None if self._shared_mark is None else list(self._shared_mark)

    def _arrange(self, folders: list[RunFiles], seen: dict[str, Seen]) -> None:
        """Put the runs in the order of the contract. They come grouped and sorted by project and name already."""
        records: list[RunRecord] = []
        for _, group in groupby(folders, key=lambda files: (files.project_folder, files.name_folder)):
            runs = [seen[files.folder] for files in group]
            runs.sort(key=lambda run: -run.folder_time)
            records += [run.record for run in runs]
        live = [record for record in records if not record.deleted]
        if len(live) != len(self._live) or not all(map(operator.is_, live, self._live)):
            self._live = live
            self._by_id = {record.id: record for record in reversed(live)}
        self._deleted = [record for record in records if record.deleted]

    def _save_now_and_then(self) -> None:
        if self._snapshot and self._unsaved and time.monotonic() - self._saved > _SAVE_EVERY_S:
            self._saved = time.monotonic()
            threading.Thread(target=self.close, name="runicorn-snapshot", daemon=True).start()

    def _save(self) -> None:
        if self._snapshot and self._unsaved and self._seen is not None:
            self._snapshot.save(self._folders, self._seen.values(), self._state())
            self._unsaved = False


def _differs(seen: Seen) -> bool:
    """Whether any file of the run changed."""
    files = seen.record.files
    try:
        return _digest(fingerprint(files)) != seen.digest or os.stat(files.folder).st_mtime != seen.folder_time
    except OSError:
        return True


def _digest(files: Fingerprint) -> str:
    return blake2b(repr(files).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _mark(stored: StoredRun) -> Mark:
    """What `look` gave when the run was read."""
    status = next(((changed, size) for name, changed, size, _ in stored.fingerprint if name == layout.STATUS), (0, 0))
    return (stored.changed_ns, *status)
