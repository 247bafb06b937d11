"""Finding the runs of a storage root and reading what is said about them.

One broken run never hides the others: whatever is missing or damaged becomes a warning of that run alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

    `deleted` is None for a live run, else the content of its `.deleted` marker (perhaps empty).
    `warnings` says in the user's words what could not be read.
    """

    files: RunFiles
    folder_time: float
    fingerprint: Fingerprint
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
    with os.scandir(run.path) as entries:
        for entry in entries:
            details = entry.stat(follow_symlinks=False)
            rows.append((entry.name, details.st_mtime_ns, details.st_size, details.st_ino))
    return tuple(sorted(rows))


def read_run(run: RunFiles) -> StoredRun:
    """Read the small documents of a run. Raises FileNotFoundError when the folder is gone."""
    folder_time = os.stat(run.path).st_mtime
    try:
        mark = fingerprint(run)
    except FileNotFoundError:
        raise
    except OSError as error:
        return StoredRun(run, folder_time, (), warnings=(f"The run folder cannot be read: {error.strerror}.",))
    present = {row[0] for row in mark}
    folder = f"{run.path}{os.sep}"
    warnings: list[str] = []

    def document(name: str) -> Any:
        return _read_document(folder, name, warnings) if name in present else None

    def mapping(name: str) -> dict[str, Any]:
        return _expect(document(name), dict, name, warnings) or {}

    return StoredRun(
        files=run,
        folder_time=folder_time,
        fingerprint=mark,
        meta=mapping(layout.META),
        status=mapping(layout.STATUS),
        summary=mapping(layout.SUMMARY),
        config=mapping(layout.CONFIG),
        labels=mapping(layout.LABELS),
        artifacts_created=_artifact_rows(mapping(layout.ARTIFACTS_CREATED)),
        artifacts_used=_artifact_rows(mapping(layout.ARTIFACTS_USED)),
        deleted=_read_marker(folder) if layout.DELETED in present else None,
        warnings=tuple(warnings),
    )


def event_files(run: RunFiles) -> list[Path]:
    """Return the event segments of a run, `events.jsonl` first, then the others by name; links left out."""
    try:
        with os.scandir(run.path) as entries:
            names = [e.name for e in entries if layout.is_event_file(e.name) and e.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return [run.path / name for name in sorted(names, key=lambda name: (name != layout.EVENTS, name))]


def _read_document(folder: str, name: str, warnings: list[str]) -> Any:
    try:
        return parse_json(read_bytes(folder + name))
    except FileNotFoundError:
        return None
    except Damaged as error:
        warnings.append(f"{name} was left out: {error}.")
        return None


def _expect(value: Any, kind: type, name: str, warnings: list[str]) -> Any:
    if value is None or isinstance(value, kind):
        return value
    warnings.append(f"{name} was left out: a JSON {kind.__name__} was expected.")
    return None


def _artifact_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    rows = document.get("artifacts")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _read_marker(folder: str) -> dict[str, Any]:
    """The marker's presence alone means deleted, so any content is borne."""
    return _expect(_read_document(folder, layout.DELETED, []), dict, layout.DELETED, []) or {}
