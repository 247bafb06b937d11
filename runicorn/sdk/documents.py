"""The JSON documents of one run as its process knows them: merged into what is on disk, tried again when that fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runicorn.storage.documents import find_object, sync_file, write_json

LOCK_TIMEOUT_S = 2.0


class RunDocuments:
    """What this process says in `meta.json`, `status.json`, `config.json` and `summary.json`; safe for threads.

    `report` is called with every OSError; what it raises reaches the caller of `update`.
    """

    def __init__(self, report: Callable[[OSError], None]) -> None:
        self._report = report
        self._lock = threading.RLock()
        self._said: dict[Path, dict[str, Any]] = {}
        self._unwritten: set[Path] = set()
        self._unsynced: set[Path] = set()

    def update(self, path: Path, changes: Mapping[str, Any], *, remove: tuple[str, ...] = ()) -> None:
        """Merge `changes` into the document and drop the keys in `remove`, in one replacement."""
        if not self._lock.acquire(timeout=LOCK_TIMEOUT_S):
            self._unwritten.add(path)
            self._report(TimeoutError(None, "the storage does not answer"))
            return
        try:
            self._said.setdefault(path, {}).update(changes)
            self._write(path, remove)
        except OSError as error:
            self._unwritten.add(path)
            self._report(error)
        finally:
            self._lock.release()

    def restore(self) -> None:
        """Write all documents again at the next `sync`, because their folder was removed."""
        self._unwritten.update(self._said)

    def sync(self) -> None:
        """Write what is still unwritten and make all of it survive a power cut. Raises OSError."""
        with self._lock:
            for path in list(self._unwritten):
                self._write(path, ())
            while self._unsynced:
                path = self._unsynced.pop()
                if path.exists():
                    sync_file(path)

    def after_fork(self) -> None:
        """Become the documents of a forked child, where no other thread can hold the lock."""
        self._lock = threading.RLock()

    def _write(self, path: Path, remove: tuple[str, ...]) -> None:
        said = self._said[path]
        document = {**find_object(path), **said}
        for key in remove:
            document.pop(key, None)
            said.pop(key, None)
        try:
            write_json(path, document, sync=False)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, document, sync=False)
        self._unwritten.discard(path)
        self._unsynced.add(path)


class SilentDocuments(RunDocuments):
    """The documents of a run that is switched off."""

    def update(self, path: Path, changes: Mapping[str, Any], *, remove: tuple[str, ...] = ()) -> None:
        pass
