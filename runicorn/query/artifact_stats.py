"""How much the artifact store holds, and what storing equal contents once saves."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from runicorn.query.artifact_values import StoreStats
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.manifests import read_manifest
from runicorn.storage.artifacts.paths import VersionFolder, iter_artifacts
from runicorn.storage.blobs import iter_blobs
from runicorn.storage.folders import iter_entries

Inode = tuple[int, int]


def measure_store(root: Path) -> StoreStats:
    """Return true numbers: contents are counted by what lies on the disk, linked or copied."""
    by_type: dict[str, dict[str, int]] = {}
    on_disk: dict[Inode, int] = {}
    file_bytes = files = 0
    for folder in iter_artifacts(root):
        entries = read_index(folder).versions
        if not entries:
            continue
        kind = by_type.setdefault(folder.type, {"count": 0, "versions": 0, "size_bytes": 0})
        kind["count"] += 1
        kind["versions"] += len(entries)
        kind["size_bytes"] += sum(entry.size_bytes for entry in entries)
        for entry in entries:
            version = folder.version(entry.version)
            manifest = read_manifest(version.manifest)
            file_bytes += manifest.file_bytes
            files += manifest.total_files
            on_disk.update(_inodes(version))
    pool = {(s.st_dev, s.st_ino): s.st_size for s in (e.stat(follow_symlinks=False) for e in iter_blobs(root))}
    saved = max(file_bytes - sum((on_disk | pool).values()), 0)
    return StoreStats(
        total_artifacts=sum(kind["count"] for kind in by_type.values()),
        total_versions=sum(kind["versions"] for kind in by_type.values()),
        total_size_bytes=sum(kind["size_bytes"] for kind in by_type.values()),
        total_files=files,
        dedup_enabled=True,
        by_type=by_type,
        dedup_pool_size_bytes=sum(pool.values()),
        space_saved_bytes=saved,
        dedup_ratio=saved / file_bytes if file_bytes else 0.0,
    )


def _inodes(version: VersionFolder) -> Iterable[tuple[Inode, int]]:
    for entry in iter_entries(version.files):
        if entry.is_file(follow_symlinks=False):
            details = os.stat(entry.path, follow_symlinks=False)
            yield (details.st_dev, details.st_ino), details.st_size
