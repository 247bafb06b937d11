"""The JSON documents of one run as its process knows them: merged into what is on disk, tried again when that fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runicorn.storage.documents import find_object, sync_file, write_json
from runicorn.storage.locks import folder_lock

LOCK_TIMEOUT_S = 2.0

REMOVED: Any = object()
"""As a value in `RunDocuments.update`: the key is to go."""


class RunDocuments:
    """What this process says in `meta.json`, `status.json`, `config.json` and `summary.json`; safe for threads.

    `report` is called with every OSError; what it raises reaches the caller of `update`. While `may_write` says no,
    changes are only remembered, for the next `sync`.
    """

    def __init__(self, report: Callable[[OSError], None], may_write: Callable[[], bool]) -> None:
        self._report = report
        self._may_write = may_write
        self._lock = threading.RLock()
        self._said: dict[Path, dict[str, Any]] = {}
        self._unwritten: set[Path] = set()
        self._unsynced: set[Path] = set()

    def update(self, path: Path, changes: Mapping[str, Any]) -> None:
        """Merge `changes` into the document, in one replacement; a key given as REMOVED is dropped."""
        self.remember(path, changes)
        if not self._may_write() or not self._lock.acquire(timeout=LOCK_TIMEOUT_S):
            return
        try:
            self._write(path)
        except OSError as error:
            self._report(error)
        finally:
            self._lock.release()

    def remember(self, path: Path, changes: Mapping[str, Any]) -> None:
        """Merge `changes` into the document at the next `sync`, without touching the disk now."""
        self._said.setdefault(path, {}).update(changes)
        self._unwritten.add(path)

    def restore(self) -> None:
        """Write all documents again at the next `sync`, because their folder was removed."""
        self._unwritten.update(self._said)

    def sync(self) -> None:
        """Write what is still unwritten and make all of it survive a power cut. Raises OSError."""
        with self._lock:
            for path in list(self._unwritten):
                self._write(path)
            while self._unsynced:
                self._sync(self._unsynced.pop())

    def after_fork(self) -> None:
        """Become the documents of a forked child, where no other thread can hold the lock."""
        self._lock = threading.RLock()

    def _write(self, path: Path) -> None:
        # Taken off first: what is remembered while the disk is busy puts it on again.
        self._unwritten.discard(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._merge(path)
        except OSError:
            self._unwritten.add(path)
            raise
        self._unsynced.add(path)

    def _sync(self, path: Path) -> None:
        try:
            sync_file(path)
        except FileNotFoundError:
            return
        except OSError:
            # A second fsync of the same file might promise in vain; a new file is written.
            self._unwritten.add(path)
            raise

    def _merge(self, path: Path) -> None:
        with folder_lock(path.parent, LOCK_TIMEOUT_S):
            document = {**find_object(path), **self._said[path]}
            kept = {key: value for key, value in document.items() if value is not REMOVED}
            write_json(path, kept, sync=False)
