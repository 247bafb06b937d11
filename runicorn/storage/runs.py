"""Finding the runs of a storage root and reading what is said about them.

One broken run never hides the others: whatever is missing or damaged becomes a warning of that run alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from runicorn.errors import StorageDenied, StorageNotFound
from runicorn.storage import layout
from runicorn.storage.documents import Damaged, parse_json, read_bytes
from runicorn.storage.layout import RunFiles
from runicorn.storage.scan import FolderScan

Fingerprint = tuple[tuple[str, int, int, int], ...]
"""(name, modification time in ns, size in bytes, inode) of every entry of a run folder, sorted by name."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """The small documents of one run as they are on disk. A document that is missing or damaged is empty.

    `changed_ns` is the folder's modification time, from before anything in it was looked at. `texts` holds the
    documents that could be read, by file name, as text that `parse_json` takes. `deleted` is None for a live run, else
    the content of its `.deleted` marker (perhaps empty). `warnings` says in the user's words what could not be read.
    """

    files: RunFiles
    folder_time: float
    changed_ns: int
    fingerprint: Fingerprint
    texts: dict[str, str] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)
    artifacts_created: list[dict[str, Any]] = field(default_factory=list)
    artifacts_used: list[dict[str, Any]] = field(default_factory=list)
    deleted: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()


def check_root(root: Path) -> Path:
    """Return `root` resolved. Raises StorageNotFound or StorageDenied when it is no readable folder."""
    root = Path(os.path.abspath(root))
    try:
        with os.scandir(root):
            return root.resolve()
    except FileNotFoundError as error:
        raise StorageNotFound(root) from error
    except OSError as error:
        raise StorageDenied(root, error.strerror or str(error)) from error


def iter_run_folders(root: Path) -> Iterator[RunFiles]:
    """Return every run folder below `root`, deleted ones included, links never followed.

    Order: projects by lower-cased folder name, names likewise, runs in no order; the legacy `ROOT/runs` comes last.
    Folders that vanish or cannot be entered during the scan are passed over.
    """
    return iter(FolderScan(root).runs())


def fingerprint(run: RunFiles) -> Fingerprint:
    """Return what changes when any file of the run folder changes. Raises OSError when it cannot be listed."""
    rows = []
    with os.scandir(run.folder) as entries:
        for entry in entries:
            details = entry.stat(follow_symlinks=False)
            rows.append((entry.name, details.st_mtime_ns, details.st_size, details.st_ino))
    return tuple(sorted(rows))


def read_run(run: RunFiles) -> StoredRun:
    """Read the small documents of a run. Raises FileNotFoundError when the folder is gone."""
    folder = os.stat(run.folder)
    try:
        mark = fingerprint(run)
    except FileNotFoundError:
        raise
    except OSError as error:
        warnings = (f"The run folder cannot be read: {error.strerror}.",)
        return StoredRun(run, folder.st_mtime, folder.st_mtime_ns, (), warnings=warnings)
    documents = _Documents(run.folder, {row[0] for row in mark})
    mapping = documents.mapping
    return StoredRun(
        files=run,
        folder_time=folder.st_mtime,
        changed_ns=folder.st_mtime_ns,
        fingerprint=mark,
        texts=documents.texts,
        meta=mapping(layout.META),
        status=mapping(layout.STATUS),
        summary=mapping(layout.SUMMARY),
        config=mapping(layout.CONFIG),
        labels=mapping(layout.LABELS),
        artifacts_created=_artifact_rows(mapping(layout.ARTIFACTS_CREATED)),
        artifacts_used=_artifact_rows(mapping(layout.ARTIFACTS_USED)),
        deleted=documents.marker(),
        warnings=tuple(documents.warnings),
    )


def event_files(run: RunFiles) -> list[Path]:
    """Return the event segments of a run, `events.jsonl` first, then the others by name; links left out."""
    try:
        with os.scandir(run.folder) as entries:
            names = [e.name for e in entries if layout.is_event_file(e.name) and e.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return [run.path / name for name in sorted(names, key=lambda name: (name != layout.EVENTS, name))]


def _parse(data: bytes) -> tuple[Any, str]:
    """Return the value in `data` and text that says the same. Raises Damaged."""
    try:
        return orjson.loads(data), data.decode()
    except orjson.JSONDecodeError:
        value = parse_json(data)
        return value, json.dumps(value)


class _Documents:
    """The documents of one run folder, which lists the names `present`."""

    def __init__(self, folder: str, present: set[str]) -> None:
        self._folder = folder
        self._present = present
        self.texts: dict[str, str] = {}
        self.warnings: list[str] = []

    def mapping(self, name: str) -> dict[str, Any]:
        """Return the object in the document `name`, an empty one with a warning when it is damaged."""
        if name not in self._present:
            return {}
        try:
            value, text = _parse(read_bytes(f"{self._folder}{os.sep}{name}"))
        except FileNotFoundError:
            return {}
        except Damaged as error:
            self.warnings.append(f"{name} was left out: {error}.")
            return {}
        if isinstance(value, dict):
            self.texts[name] = text
            return value
        if value is not None:
            self.warnings.append(f"{name} was left out: a JSON dict was expected.")
        return {}

    def marker(self) -> dict[str, Any] | None:
        """Return what `.deleted` says: its presence alone means deleted, so any content is borne."""
        if layout.DELETED not in self._present:
            return None
        unheard = _Documents(self._folder, self._present)
        return unheard.mapping(layout.DELETED)


def _artifact_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    rows = document.get("artifacts")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
