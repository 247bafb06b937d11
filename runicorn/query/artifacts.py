"""Artifacts and their versions, as they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from runicorn.errors import ArtifactNotFound
from runicorn.query.artifact_stats import measure_store
from runicorn.query.artifact_values import (
    ArtifactSummary,
    FilesAnswer,
    PerformancePoint,
    RunArtifact,
    StoredFile,
    StoreStats,
    TrainingMetrics,
    VersionDetail,
    VersionSummary,
)
from runicorn.query.catalogue import Catalogue
from runicorn.query.records import RunRecord
from runicorn.storage.artifacts import contents
from runicorn.storage.artifacts.evaluations import Evaluation, list_evaluations
from runicorn.storage.artifacts.index import DELETED, Index, VersionEntry, read_index
from runicorn.storage.artifacts.lifecycle import FIRST_STAGE, read_lifecycle
from runicorn.storage.artifacts.manifests import read_manifest
from runicorn.storage.artifacts.metadata import read_metadata
from runicorn.storage.artifacts.paths import VersionFolder, get_artifact, iter_artifacts
from runicorn.storage.artifacts.records import ArtifactRecord, read_created, read_used
from runicorn.storage.documents import find_object


class Artifacts:
    """Answers about the artifacts of one storage root.

    Where a `type` may be given and is not, the first of model, dataset, config, code, custom and all others that has
    the name is meant. Unknown names and versions raise ArtifactNotFound.
    """

    def __init__(self, root: Path, runs: Catalogue) -> None:
        self._root = root
        self._runs = runs

    def list_artifacts(self, type: str | None = None) -> list[ArtifactSummary]:
        """Return every artifact that has a version, of one type if given, the one changed last first."""
        found = (_summary(read_index(folder)) for folder in iter_artifacts(self._root, type))
        return sorted((summary for summary in found if summary), key=lambda summary: -summary.updated_at)

    def versions(self, name: str, type: str | None = None) -> list[VersionSummary]:
        """Return the versions of an artifact, ascending, those marked as deleted included."""
        folder = get_artifact(self._root, name, type)
        return [VersionSummary(**asdict(entry)) for entry in read_index(folder).versions]

    def find(self, name: str, version: int | str, type: str | None = None) -> VersionFolder:
        """Return the folder of a version, given by its number or an alias."""
        folder = get_artifact(self._root, name, type)
        return folder.version(read_index(folder).resolve(version))

    def get(self, name: str, version: int | str, type: str | None = None) -> VersionDetail:
        """Return everything said about a version."""
        folder = get_artifact(self._root, name, type)
        index = read_index(folder)
        entry = index.get(index.resolve(version))
        return describe(folder.version(entry.version), entry)

    def files(self, name: str, version: int | str, type: str | None = None) -> FilesAnswer:
        """Return what a version holds."""
        folder = self.find(name, version, type)
        manifest = read_manifest(folder.manifest)
        return FilesAnswer(
            artifact=folder.full_name,
            files=[StoredFile(**asdict(e), absolute_path=str(folder.files / e.path)) for e in manifest.files],
            references=[asdict(entry) for entry in manifest.references],
            total_size=manifest.total_size,
            total_files=manifest.total_files,
            total_references=manifest.total_references,
        )

    def file(self, name: str, version: int | str, path: str, type: str | None = None) -> Path:
        """Return where a file of a version lies, its bytes verified. Raises ArtifactDamaged when they do not match."""
        return contents.get_file(self.find(name, version, type), path)

    def of_run(self, run: RunRecord) -> tuple[list[RunArtifact], list[RunArtifact]]:
        """Return (created, used) artifacts of a run, in the order it made and took them."""
        return self._shown(read_created(run.files)), self._shown(read_used(run.files))

    def evaluations(self, name: str, version: int | None = None) -> list[Evaluation]:
        """Return the evaluations of an artifact, or of one version, newest first; none for an unknown name."""
        return list_evaluations(self._root, name, version)

    def training_metrics(
        self, name: str, version: int | None = None, type: str | None = None
    ) -> TrainingMetrics | None:
        """Return the summary of the run that made a version, by default the newest; None without version or run."""
        index = read_index(get_artifact(self._root, name, type))
        number = index.latest if version is None else version
        entry = next((entry for entry in index.versions if entry.version == number), None)
        run = self._runs_by_id().get(entry.created_by_run) if entry else None
        if entry is None or run is None:
            return None
        return TrainingMetrics(
            run_id=run.id,
            run_name=run.name,
            project=run.project,
            metrics=run.summary,
            created_at=entry.created_at,
            duration_seconds=None if run.started_at is None or run.ended_at is None else run.duration_s,
            status=run.status,
        )

    def performance_history(
        self, name: str, metric_name: str | None = None, type: str | None = None
    ) -> list[PerformancePoint]:
        """Return numbers from the summaries of the runs behind all versions, or only `metric_name`, ascending.

        Versions whose run is not there are left out.
        """
        index = read_index(get_artifact(self._root, name, type))
        runs = self._runs_by_id()
        return [
            PerformancePoint(entry.version, entry.created_at, run.id, run.status, _numbers(run, metric_name))
            for entry in index.versions
            if (run := runs.get(entry.created_by_run))
        ]

    def stats(self) -> StoreStats:
        """Return how much the artifact store holds."""
        return measure_store(self._root)

    def _runs_by_id(self) -> dict[str | None, RunRecord]:
        return {run.id: run for run in reversed(self._runs.list_runs())}

    def _shown(self, records: Iterable[ArtifactRecord]) -> list[RunArtifact]:
        return [self._show(record) for record in records]

    def _show(self, record: ArtifactRecord) -> RunArtifact:
        try:
            said = self.get(record.name, record.version, record.type)
        except ArtifactNotFound:
            facts = (record.name, record.type, record.version, record.size_bytes, record.at)
            return RunArtifact(*facts, "", (), FIRST_STAGE, DELETED)
        return RunArtifact(
            name=said.name,
            type=said.type,
            version=said.version,
            size_bytes=said.size_bytes,
            created_at=said.created_at,
            description=said.description,
            aliases=said.aliases,
            lifecycle_stage=said.lifecycle_stage,
            status=said.status,
        )


def describe(version: VersionFolder, entry: VersionEntry) -> VersionDetail:
    """Return everything said about a version, `entry` being its line in the index."""
    said, lifecycle = read_metadata(version), read_lifecycle(version)
    deleted_at = find_object(version.deleted).get("deleted_at")
    facts = {**asdict(said), "aliases": entry.aliases, "status": entry.status}
    return VersionDetail(
        **facts,
        lifecycle_stage=lifecycle.stage,
        lifecycle_updated_at=lifecycle.updated_at,
        stage_transitions=lifecycle.transitions,
        deleted_at=deleted_at if isinstance(deleted_at, int | float) else None,
    )


def _summary(index: Index) -> ArtifactSummary | None:
    if index.latest is None:
        return None
    return ArtifactSummary(
        name=index.name,
        type=index.type,
        num_versions=len(index.present),
        latest_version=index.latest,
        size_bytes=index.get(index.latest).size_bytes,
        created_at=index.created_at,
        updated_at=index.updated_at,
        aliases=index.aliases,
    )


def _numbers(run: RunRecord, name: str | None) -> dict[str, float]:
    return {
        key: value
        for key, value in run.summary.items()
        if name in (None, key) and isinstance(value, int | float) and not isinstance(value, bool)
    }
