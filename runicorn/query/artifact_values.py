"""What `reader.artifacts` and `reader.lineage` answer with. Times are Unix seconds, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ArtifactSummary:
    """One artifact in a list. `size_bytes` is that of the newest version; `aliases` maps names to version numbers."""

    name: str
    type: str
    num_versions: int
    latest_version: int
    size_bytes: int
    created_at: float
    updated_at: float
    aliases: dict[str, int]


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """One version in a list. `status` is "deleted" for one that is marked as deleted."""

    version: int
    created_at: float
    created_by_run: str | None
    size_bytes: int
    num_files: int
    status: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionDetail:
    """Everything said about one version."""

    name: str
    type: str
    version: int
    created_at: float
    updated_at: float
    created_by_run: str | None
    created_by_user: str | None
    size_bytes: int
    num_files: int
    num_references: int
    status: str
    metadata: dict[str, Any]
    description: str
    tags: list[str]
    aliases: tuple[str, ...]
    manifest_digest: str | None
    parent_artifacts: list[Any]
    lifecycle_stage: str
    lifecycle_updated_at: float
    stage_transitions: tuple[dict[str, Any], ...]
    deleted_at: float | None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a version and where it lies."""

    path: str
    size: int
    digest: str
    modified_at: float | None
    absolute_path: str
    is_remote: bool = False


@dataclass(frozen=True, slots=True)
class FilesAnswer:
    """The contents of a version."""

    artifact: str
    files: list[StoredFile]
    references: list[dict[str, Any]]
    total_size: int
    total_files: int
    total_references: int
    is_remote: bool = False


@dataclass(frozen=True, slots=True)
class StoreStats:
    """How much the artifact store holds.

    `total_size_bytes` counts references that say their size. `space_saved_bytes` is what equal contents would take
    if each were stored for itself, and `dedup_ratio` its share of all file bytes; references count in neither.
    """

    total_artifacts: int
    total_versions: int
    total_size_bytes: int
    total_files: int
    dedup_enabled: bool
    by_type: dict[str, dict[str, int]]
    dedup_pool_size_bytes: int
    space_saved_bytes: int
    dedup_ratio: float


@dataclass(frozen=True, slots=True)
class RunArtifact:
    """A version that a run made or took, as it is now; one that is gone is shown as it was then, "deleted"."""

    name: str
    type: str
    version: int
    size_bytes: int
    created_at: float
    description: str
    aliases: tuple[str, ...]
    lifecycle_stage: str
    status: str


@dataclass(frozen=True, slots=True)
class TrainingMetrics:
    """The summary of the run that made a version. `duration_seconds` is None for a run that has not ended."""

    run_id: str
    run_name: str | None
    project: str | None
    metrics: dict[str, Any]
    created_at: float
    duration_seconds: float | None
    status: str


@dataclass(frozen=True, slots=True)
class PerformancePoint:
    """Numbers from the summary of the run that made a version."""

    version: int
    created_at: float
    run_id: str
    status: str
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class LineageNode:
    """An artifact version (`name:v2`) or a run (`run:<id>`). `metadata["deleted"]` is true for one that is gone."""

    node_type: str
    node_id: str
    label: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """`produces` leads from a run to an artifact, `uses` from an artifact to a run."""

    source: str
    target: str
    edge_type: str
    created_at: float


@dataclass(frozen=True, slots=True)
class LineageGraph:
    """What led to a version and what came of it. `created_by` and `used_by` are the run ids next to the root."""

    root_artifact: str
    nodes: list[LineageNode]
    edges: list[LineageEdge]
    created_by: list[str]
    used_by: list[str]
    truncated: bool
