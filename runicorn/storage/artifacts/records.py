"""`artifacts_created.json` and `artifacts_used.json`: what a run made and took.

Source: docs/disk-format.md, section 2.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runicorn.storage.artifacts.manifests import read_manifest
from runicorn.storage.artifacts.paths import VersionFolder
from runicorn.storage.documents import find_object, write_json
from runicorn.storage.layout import RunFiles

LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ArtifactRecord:
    """A version that a run made or took, `at` a time in Unix seconds, with its size in bytes then."""

    name: str
    type: str
    version: int
    at: float
    size_bytes: int


def read_created(run: RunFiles) -> list[ArtifactRecord]:
    """Return the versions a run made, in order; rows of a wrong shape are left out."""
    return _parse(find_object(run.artifacts_created), "created_at")


def read_used(run: RunFiles) -> list[ArtifactRecord]:
    """Return the versions a run took, in order; rows of a wrong shape are left out."""
    return _parse(find_object(run.artifacts_used), "used_at")


def record_created(run: RunFiles, version: VersionFolder) -> None:
    """Note that the run made `version`; sizes are those of its files, references left out."""
    manifest = read_manifest(version.manifest)
    row = {**_row(version, "created_at"), "num_references": manifest.total_references}
    with _rows(run.artifacts_created) as rows:
        rows.append(row)


def record_used(run: RunFiles, version: VersionFolder) -> None:
    """Note that the run took `version`, once however often it did."""
    row = _row(version, "used_at")
    with _rows(run.artifacts_used) as rows:
        if not any((known.get("name"), known.get("version")) == (row["name"], row["version"]) for known in rows):
            rows.append(row)


def _row(version: VersionFolder, time_field: str) -> dict[str, Any]:
    manifest = read_manifest(version.manifest)
    return {
        "name": version.artifact.name,
        "type": version.artifact.type,
        "version": version.number,
        time_field: time.time(),
        "size_bytes": manifest.file_bytes,
        "num_files": manifest.total_files,
    }


def _parse(document: Mapping[str, Any], time_field: str) -> list[ArtifactRecord]:
    rows = document.get("artifacts")
    found = (_record(row, time_field) for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
    return [record for record in found if record is not None]


def _record(row: Mapping[str, Any], time_field: str) -> ArtifactRecord | None:
    name, kind, version = row.get("name"), row.get("type"), row.get("version")
    if not isinstance(name, str) or not isinstance(kind, str) or not isinstance(version, int):
        return None
    at, size = row.get(time_field), row.get("size_bytes")
    return ArtifactRecord(
        name,
        kind,
        version,
        float(at) if isinstance(at, int | float) else 0.0,
        size if isinstance(size, int) else 0,
    )


@contextlib.contextmanager
def _rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    """Change the rows of a document that several processes of one run may write."""
    from filelock import FileLock

    with FileLock(path.with_name(f"{path.name}.lock"), timeout=LOCK_SECONDS):
        document = find_object(path)
        stored = document.get("artifacts")
        before = [row for row in stored if isinstance(row, dict)] if isinstance(stored, list) else []
        rows = list(before)
        yield rows
        if rows != before:
            write_json(path, {**document, "artifacts": rows})
