"""Artifacts by the names of the published package's `runicorn.artifacts`, for scripts that use them.

New code uses `runicorn.Artifact` with `run.log_artifact` and `run.use_artifact`, and `runicorn.Reader(...).artifacts`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runicorn.errors import ArtifactNotFound
from runicorn.query.artifact_stats import measure_store
from runicorn.query.artifact_values import LineageEdge, LineageGraph, LineageNode, VersionSummary
from runicorn.query.reader import Reader
from runicorn.sdk.artifact import Artifact, ArtifactType
from runicorn.storage import blobs
from runicorn.storage.artifacts import contents, versions
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.manifests import FileEntry, Manifest, ReferenceEntry, read_manifest
from runicorn.storage.artifacts.metadata import VersionMetadata, read_metadata
from runicorn.storage.artifacts.paths import VersionFolder, get_artifact

__all__ = [
    "Artifact",
    "ArtifactManifest",
    "ArtifactMetadata",
    "ArtifactStorage",
    "ArtifactType",
    "ArtifactVersionInfo",
    "FileEntry",
    "LineageEdge",
    "LineageGraph",
    "LineageNode",
    "LineageTracker",
    "ReferenceEntry",
    "create_artifact_storage",
    "get_artifact_storage",
]

ArtifactManifest = Manifest
ArtifactMetadata = VersionMetadata
ArtifactVersionInfo = VersionSummary


class ArtifactStorage:
    """The artifact store of one storage root. Equal contents are always stored once, whatever `enable_dedup` says."""

    def __init__(self, storage_root: str | os.PathLike[str], enable_dedup: bool = True) -> None:
        self.storage_root = Path(os.path.abspath(storage_root))
        self.enable_dedup = enable_dedup

    def save_artifact(
        self,
        artifact: Artifact,
        run_id: str,
        staged_files: Iterable[tuple[Path, str]],
        staged_references: Iterable[ReferenceEntry] = (),
        user: str | None = None,
    ) -> int:
        """Store a new version of (source, path) pairs and references; returns its number."""
        new = versions.NewVersion(
            name=artifact.name,
            type=str(artifact.type),
            files=[contents.StagedFile(Path(source), path) for source, path in staged_files],
            references=list(staged_references),
            run_id=run_id,
            user=user,
            metadata=artifact.metadata,
            description=artifact.description,
            tags=list(artifact.tags),
        )
        return versions.create_version(self.storage_root, new).number

    def load_artifact(
        self, name: str, type: str, version: int | None = None, alias: str | None = None
    ) -> tuple[VersionMetadata, Manifest]:
        """Return (metadata, manifest) of a version, by number, by alias, or of the newest. Raises ArtifactNotFound."""
        found = self._find(name, type, version if version is not None else alias or "latest")
        return read_metadata(found), read_manifest(found.manifest)

    def download_artifact(
        self, name: str, type: str, version: int, target_dir: str | os.PathLike[str] | None = None
    ) -> Path:
        """Copy the files of a version, each verified, into `target_dir` or a new temporary folder, and return it."""
        found = self._find(name, type, version)
        target = Path(target_dir or tempfile.mkdtemp(prefix=f"runicorn_{name}_v{version}_"))
        target.mkdir(parents=True, exist_ok=True)
        return contents.download(found, target)

    def get_artifact_file_path(self, name: str, type: str, version: int, file_path: str) -> Path | None:
        """Return where a file of a version is stored, its bytes verified, or None when there is no such file."""
        try:
            return contents.get_file(self._find(name, type, version), file_path)
        except ArtifactNotFound:
            return None

    def list_artifacts(self, type: str | None = None) -> list[dict[str, Any]]:
        """Return every artifact, the one changed last first."""
        with Reader(self.storage_root) as reader:
            return [asdict(artifact) for artifact in reader.artifacts.list_artifacts(type)]

    def list_versions(self, name: str, type: str | None = None) -> list[VersionSummary]:
        """Return the versions of an artifact, ascending. Raises ArtifactNotFound."""
        with Reader(self.storage_root) as reader:
            return reader.artifacts.versions(name, type)

    def delete_artifact_version(self, name: str, type: str, version: int, soft_delete: bool = True) -> bool:
        """Mark a version as deleted, or remove it for good; False when there is no such version."""
        try:
            found = self._find(name, type, version)
        except ArtifactNotFound:
            return False
        if soft_delete:
            versions.soft_delete(found)
        else:
            versions.delete_permanently(found)
        return True

    def get_storage_stats(self) -> dict[str, Any]:
        """Return how much the store holds."""
        return asdict(measure_store(self.storage_root))

    def cleanup_orphaned_dedup(self) -> int:
        """Remove the contents of the pool that no version needs; returns how many there were."""
        orphans = versions.collect_orphans(self.storage_root)
        blobs.remove_blobs(orphans)
        return len(orphans)

    def _find(self, name: str, type: str, selector: int | str) -> VersionFolder:
        folder = get_artifact(self.storage_root, name, type)
        return folder.version(read_index(folder).resolve(selector))


class LineageTracker:
    """Lineage in one storage root."""

    def __init__(self, storage_root: str | os.PathLike[str]) -> None:
        self.storage_root = Path(os.path.abspath(storage_root))

    def build_lineage_graph(
        self, artifact_name: str, artifact_type: str, version: int, max_depth: int = 3
    ) -> LineageGraph:
        """Return what led to a version and what came of it; see `Lineage.graph`."""
        with Reader(self.storage_root) as reader:
            return reader.lineage.graph(artifact_name, version, artifact_type, max_depth)


def get_artifact_storage(storage_root: str | os.PathLike[str]) -> ArtifactStorage:
    """Return the artifact store of a storage root."""
    return ArtifactStorage(storage_root)


create_artifact_storage = get_artifact_storage
