"""`artifacts_created.json` and `artifacts_used.json`: what a run made and took.

Source: docs/disk-format.md, section 2.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runicorn.storage.artifacts.manifests import read_manifest
from runicorn.storage.artifacts.paths import VersionFolder
from runicorn.storage.documents import find_object, write_json
from runicorn.storage.layout import RunFiles

LOCK_SECONDS = 30.0


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
