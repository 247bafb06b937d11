"""The tables behind the SQL views of artifacts. Source: docs/sql.md, whose columns these are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runicorn.query.artifacts import describe
from runicorn.query.lineage import Lineage
from runicorn.query.records import RunRecord
from runicorn.storage.artifacts.index import Index, read_index
from runicorn.storage.artifacts.manifests import read_manifest
from runicorn.storage.artifacts.paths import ArtifactFolder, iter_artifacts

Columns = dict[str, str]

_VERSION: Columns = {"artifact": "VARCHAR", "type": "VARCHAR", "version": "BIGINT"}

ARTIFACTS: Columns = {
    "artifact": "VARCHAR",
    "type": "VARCHAR",
    "versions": "BIGINT",
    "latest_version": "BIGINT",
    "size_bytes": "BIGINT",
    "created_at": "DOUBLE",
    "updated_at": "DOUBLE",
    "aliases": "JSON",
}
ARTIFACT_VERSIONS: Columns = {
    **_VERSION,
    "run_id": "VARCHAR",
    "created_at": "DOUBLE",
    "size_bytes": "BIGINT",
    "num_files": "BIGINT",
    "num_references": "BIGINT",
    "status": "VARCHAR",
    "stage": "VARCHAR",
    "aliases": "VARCHAR[]",
    "tags": "VARCHAR[]",
    "description": "VARCHAR",
    "metadata": "JSON",
}
ARTIFACT_FILES: Columns = {
    **_VERSION,
    "path": "VARCHAR",
    "uri": "VARCHAR",
    "size_bytes": "BIGINT",
    "digest": "VARCHAR",
    "modified_at": "DOUBLE",
}
LINEAGE: Columns = {
    "run_id": "VARCHAR",
    "project": "VARCHAR",
    "name": "VARCHAR",
    "relation": "VARCHAR",
    **_VERSION,
    "time": "DOUBLE",
}


def artifact_rows(root: Path) -> Iterator[tuple[Any, ...]]:
    """Rows of the view `artifacts`."""
    for _, index in _indexes(root):
        if index.latest is not None:
            size = index.get(index.latest).size_bytes
            times = (index.created_at, index.updated_at)
            yield (index.name, index.type, len(index.present), index.latest, size, *times, _json(index.aliases))


def version_rows(root: Path) -> Iterator[tuple[Any, ...]]:
    """Rows of the view `artifact_versions`."""
    for folder, index in _indexes(root):
        for entry in index.versions:
            said = describe(folder.version(entry.version), entry)
            yield (
                *(said.name, said.type, said.version, said.created_by_run, said.created_at, said.size_bytes),
                *(said.num_files, said.num_references, said.status, said.lifecycle_stage, _json(said.aliases)),
                *(_json(said.tags), said.description, _json(said.metadata)),
            )


def file_rows(root: Path) -> Iterator[tuple[Any, ...]]:
    """Rows of the view `artifact_files`: files have a path, references a URI."""
    for folder, index in _indexes(root):
        for entry in index.versions:
            manifest = read_manifest(folder.version(entry.version).manifest)
            version = (index.name, index.type, entry.version)
            for file in manifest.files:
                yield (*version, file.path, None, file.size, file.digest, file.modified_at)
            for reference in manifest.references:
                yield (*version, None, reference.uri, reference.size, reference.checksum, None)


def lineage_rows(runs: list[RunRecord], lineage: Lineage) -> Iterator[tuple[Any, ...]]:
    """Rows of the view `lineage`: one for each version a run made ("created") or took ("used")."""
    links = lineage.links()
    for run in runs:
        for relation, records in (("created", links.made), ("used", links.taken)):
            for found in records.get(run.id, ()):
                yield (run.id, run.project, run.name, relation, found.name, found.type, found.version, found.at)


def _indexes(root: Path) -> Iterator[tuple[ArtifactFolder, Index]]:
    for folder in iter_artifacts(root):
        yield folder, read_index(folder)


def _json(value: Any) -> str:
    return json.dumps(value)
