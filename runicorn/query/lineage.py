"""Lineage: which runs and artifacts led to a version, and which came of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runicorn.errors import ArtifactNotFound
from runicorn.query.artifact_values import LineageEdge, LineageGraph, LineageNode
from runicorn.query.catalogue import Catalogue
from runicorn.query.records import RunRecord
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.metadata import VersionMetadata, read_metadata
from runicorn.storage.artifacts.paths import VersionFolder, find_artifact, get_artifact
from runicorn.storage.artifacts.records import ArtifactRecord, read_created, read_used

MAX_DEPTH = 10
MAX_NODES = 2000

Key = tuple[str, str, int]
"""(type, name, version)"""

Records = tuple[tuple[float, int, int], list[ArtifactRecord], list[ArtifactRecord]]
"""(what changes when the run does, made, taken)"""

Link = tuple[str, float]
"""(run id, time)"""


@dataclass(slots=True)
class Links:
    """Who made and took what, over all live runs."""

    makers: dict[Key, list[Link]] = field(default_factory=lambda: defaultdict(list))
    takers: dict[Key, list[Link]] = field(default_factory=lambda: defaultdict(list))
    made: dict[str, list[ArtifactRecord]] = field(default_factory=dict)
    taken: dict[str, list[ArtifactRecord]] = field(default_factory=dict)


class Lineage:
    """Answers about the lineage of artifacts in one storage root. Thread-safe."""

    def __init__(self, root: Path, runs: Catalogue) -> None:
        self._root = root
        self._runs = runs
        self._lock = threading.Lock()
        self._read: dict[Path, Records] = {}

    def graph(self, name: str, version: int | str, type: str | None = None, max_depth: int = 3) -> LineageGraph:
        """Return what led to a version and what came of it, `max_depth` (at most 10) steps each way.

        A step is one run and the artifacts on its other side; 0 gives the version alone. Runs that only used an
        artifact are there too. Raises ArtifactNotFound.
        """
        folder = get_artifact(self._root, name, type)
        number = read_index(folder).resolve(version)
        root = (folder.type, folder.name, number)
        walk = _Walk(self._root, self._runs, self.links())
        node_id = walk.add_artifact(root)
        depth = min(max_depth, MAX_DEPTH)
        walk.go([root], depth, upwards=True)
        walk.go([root], depth, upwards=False)
        return LineageGraph(
            root_artifact=node_id,
            nodes=list(walk.nodes.values()),
            edges=list(walk.edges.values()),
            created_by=[run_id for run_id, _ in walk.makers(root)],
            used_by=[run_id for run_id, _ in walk.links.takers.get(root, ())],
            truncated=walk.truncated,
        )

    def links(self) -> Links:
        """Return who made and took what, over all live runs."""
        runs = [run for run in self._runs.list_runs() if run.artifacts_created_count or run.artifacts_used_count]
        with self._lock:
            self._read = {run.run_dir: self._records(run) for run in runs}
            read = self._read
        links = Links()
        for run in runs:
            _, links.made[run.id], links.taken[run.id] = read[run.run_dir]
            _enter(links.makers, run.id, links.made[run.id])
            _enter(links.takers, run.id, links.taken[run.id])
        return links

    def _records(self, run: RunRecord) -> Records:
        """Read again only after the run has changed."""
        mark = (run.updated_at, run.artifacts_created_count, run.artifacts_used_count)
        known = self._read.get(run.run_dir)
        return known if known and known[0] == mark else (mark, read_created(run.files), read_used(run.files))


class _Walk:
    """A walk through the links that collects nodes and edges. Every artifact and run is entered once each way."""

    def __init__(self, root: Path, runs: Catalogue, links: Links) -> None:
        self.links = links
        self.nodes: dict[str, LineageNode] = {}
        self.edges: dict[tuple[str, str], LineageEdge] = {}
        self.truncated = False
        self._root = root
        self._runs = {run.id: run for run in reversed(runs.list_runs())}
        self._said: dict[Key, VersionMetadata | None] = {}

    def go(self, keys: list[Key], depth: int, *, upwards: bool) -> None:
        """Walk `depth` steps from `keys`, to what led to them or to what came of them."""
        seen = set(keys)
        for _ in range(depth):
            found: dict[Key, None] = {}
            for key in keys:
                for run_id, at in self.makers(key) if upwards else self.links.takers.get(key, ()):
                    self._enter_run(key, run_id, at, upwards=upwards)
                    found.update(dict.fromkeys(self._cross(run_id, upwards=upwards)))
            keys = [key for key in found if key not in seen]
            seen.update(keys)

    def makers(self, key: Key) -> list[Link]:
        """Return the runs that made a version: those that say so, and the one its metadata names."""
        makers = list(self.links.makers.get(key, ()))
        said = self._metadata(key)
        if said and said.created_by_run and said.created_by_run not in [run_id for run_id, _ in makers]:
            makers.append((said.created_by_run, said.created_at))
        return makers

    def add_artifact(self, key: Key) -> str:
        """Add the node of a version and return its id. A name two types share has the type in the id of the second."""
        type, name, version = key
        first = find_artifact(self._root, name)
        node_id = f"{name}:v{version}" if first is None or first.type == type else f"{name}:v{version} ({type})"
        if self._has_room(node_id):
            self.nodes[node_id] = LineageNode("artifact", node_id, f"{name} v{version}", self._artifact_facts(key))
        return node_id

    def _enter_run(self, key: Key, run_id: str, at: float, *, upwards: bool) -> None:
        artifact, run = self.add_artifact(key), self._add_run(run_id)
        if upwards:
            self._add_edge(run, artifact, "produces", at)
        else:
            self._add_edge(artifact, run, "uses", at)

    def _cross(self, run_id: str, *, upwards: bool) -> Iterable[Key]:
        """Add what is on the other side of a run and yield it."""
        records = self.links.taken if upwards else self.links.made
        for record in records.get(run_id, ()):
            key = (record.type, record.name, record.version)
            artifact, run = self.add_artifact(key), self._add_run(run_id)
            if upwards:
                self._add_edge(artifact, run, "uses", record.at)
            else:
                self._add_edge(run, artifact, "produces", record.at)
            yield key

    def _add_run(self, run_id: str) -> str:
        node_id = f"run:{run_id}"
        if self._has_room(node_id):
            self.nodes[node_id] = LineageNode("run", node_id, f"Run {run_id[:16]}...", self._run_facts(run_id))
        return node_id

    def _add_edge(self, source: str, target: str, kind: str, at: float) -> None:
        if source in self.nodes and target in self.nodes:
            self.edges.setdefault((source, target), LineageEdge(source, target, kind, at))

    def _has_room(self, node_id: str) -> bool:
        if node_id not in self.nodes and len(self.nodes) >= MAX_NODES:
            self.truncated = True
        return node_id not in self.nodes and len(self.nodes) < MAX_NODES

    def _run_facts(self, run_id: str) -> dict[str, Any]:
        run = self._runs.get(run_id)
        if run is None:
            return {"run_id": run_id, "project": None, "name": None, "deleted": True}
        return {"run_id": run_id, "project": run.project, "name": run.name, "deleted": False}

    def _artifact_facts(self, key: Key) -> dict[str, Any]:
        said = self._metadata(key)
        if said is None:
            return {"type": key[0], "size": None, "created_at": None, "deleted": True}
        return {"type": said.type, "size": said.size_bytes, "created_at": said.created_at, "deleted": False}

    def _metadata(self, key: Key) -> VersionMetadata | None:
        if key not in self._said:
            version = _find_version(self._root, key)
            self._said[key] = read_metadata(version) if version else None
        return self._said[key]


def _find_version(root: Path, key: Key) -> VersionFolder | None:
    type, name, number = key
    folder = find_artifact(root, name, type)
    if folder is None:
        return None
    try:
        return folder.get_version(number)
    except ArtifactNotFound:
        return None


def _enter(links: dict[Key, list[Link]], run_id: str, records: Iterable[ArtifactRecord]) -> None:
    for record in records:
        links[record.type, record.name, record.version].append((run_id, record.at))
