"""What the artifact pages are made of, asked from a `query.Reader`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from runicorn.export import shown_sql, table
from runicorn.export.lineage_map import draw_lineage

if TYPE_CHECKING:
    from runicorn.query import Reader
    from runicorn.query.artifact_values import VersionSummary

_LINEAGE_DEPTH = 3


def artifacts_page(reader: Reader, type: str | None = None) -> dict[str, Any]:
    """Every artifact of the root, or those of one type, the one changed last first."""
    stats = reader.artifacts.stats()
    return {
        "page": "artifacts",
        "root": str(reader.root),
        "type": type,
        "types": sorted((name, row["count"]) for name, row in stats.by_type.items()),
        "artifacts": reader.artifacts.list_artifacts(type),
        "stats": stats,
        "sql": shown_sql.artifacts_sql(type),
    }


def artifact_page(reader: Reader, type: str, name: str, version: int | None = None) -> dict[str, Any]:
    """One artifact, opened at `version`, by default its newest. Raises ArtifactNotFound."""
    versions = reader.artifacts.versions(name, type)
    number = _newest(versions) if version is None else version
    detail = reader.artifacts.get(name, number, type)
    lineage = reader.lineage.graph(name, number, type, max_depth=_LINEAGE_DEPTH)
    live = {run.id for run in reader.runs.list_runs()}
    return {
        "page": "artifacts",
        "root": str(reader.root),
        "name": name,
        "type": type,
        "versions": sorted(versions, key=lambda row: -row.version),
        "version": detail,
        "metadata": table.flatten(detail.metadata),
        "files": reader.artifacts.files(name, number, type),
        "files_sql": shown_sql.files_sql(type, name, number),
        "evaluations": reader.artifacts.evaluations(name, number),
        "used_by": lineage.used_by,
        "lineage": draw_lineage(lineage) if lineage.edges else None,
        "live_runs": live,
    }


def _newest(versions: Iterable[VersionSummary]) -> int:
    """The highest version that is not deleted, the highest of all when every one is."""
    rows = list(versions)
    present = [row.version for row in rows if row.status != "deleted"]
    return max(present or [row.version for row in rows], default=1)
