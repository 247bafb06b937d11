"""Lineage in both directions."""

from __future__ import annotations

import pytest

from runicorn.errors import ArtifactNotFound
from runicorn.query import Reader, lineage
from runicorn.storage import recycle
from runicorn.storage.artifacts import versions
from runicorn.storage.artifacts.contents import StagedFile
from runicorn.storage.artifacts.records import record_created, record_used
from runicorn.storage.layout import RunFiles


@pytest.fixture
def work(root, make_run, tmp_path):
    """Let a run take versions and make one: `work("train", ["data:1"], "net")` gives the version's folder."""
    known = {}
    (tmp_path / "f").write_bytes(b"x")

    def do(run_id, takes=(), makes=None, type="model"):
        run = RunFiles(str(root / "vision" / "base" / "runs" / run_id))
        if not run.path.exists():
            make_run(run_id)
        for name in takes:
            record_used(run, known[name])
        if makes is None:
            return None
        new = versions.NewVersion(makes, type, [StagedFile(tmp_path / "f", "f")], run_id=run_id)
        version = versions.create_version(root, new)
        record_created(run, version)
        known[f"{makes}:{version.number}"] = version
        return version

    return do


def ids(graph):
    return {node.node_id for node in graph.nodes}


def arrows(graph):
    return {(edge.source, edge.target, edge.edge_type) for edge in graph.edges}


@pytest.fixture
def chain(work):
    """prep makes data; train takes it and makes net; report takes net and makes nothing; serve makes app of net."""
    work("prep", [], "data", "dataset")
    work("train", ["data:1"], "net")
    work("report", ["net:1"])
    work("serve", ["net:1"], "app", "code")


def test_both_directions_are_shown_with_runs_that_only_consume(reader, chain):
    graph = reader.lineage.graph("net", 1)
    assert arrows(graph) == {
        ("run:prep", "data:v1", "produces"),
        ("data:v1", "run:train", "uses"),
        ("run:train", "net:v1", "produces"),
        ("net:v1", "run:report", "uses"),
        ("net:v1", "run:serve", "uses"),
        ("run:serve", "app:v1", "produces"),
    }
    assert graph.root_artifact == "net:v1"
    assert (graph.created_by, sorted(graph.used_by)) == (["train"], ["report", "serve"])
    assert all(edge.created_at > 0 for edge in graph.edges)


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (-1, {"data:v1"}),
        (0, {"data:v1"}),
        (1, {"data:v1", "run:prep", "run:train", "net:v1"}),
        (2, {"data:v1", "run:prep", "run:train", "net:v1", "run:report", "run:serve", "app:v1"}),
        (99, {"data:v1", "run:prep", "run:train", "net:v1", "run:report", "run:serve", "app:v1"}),
    ],
)
def test_depth_counts_runs_each_way(reader, chain, depth, expected):
    assert ids(reader.lineage.graph("data", 1, max_depth=depth)) == expected


def test_nodes_say_what_they_are(reader, chain):
    nodes = {node.node_id: node for node in reader.lineage.graph("net", "latest").nodes}
    run = nodes["run:train"]
    assert (run.node_type, run.label) == ("run", "Run train...")
    assert run.metadata == {"run_id": "train", "project": "vision", "name": "base", "deleted": False}
    artifact = nodes["data:v1"]
    assert (artifact.label, artifact.metadata["type"], artifact.metadata["size"]) == ("data v1", "dataset", 1)


def test_a_run_that_improves_its_own_artifact_makes_no_endless_walk(reader, work):
    work("a", [], "net")
    work("a", ["net:1"], "net")
    work("b", ["net:2"], "net")
    work("a", ["net:3"], "net")
    graph = reader.lineage.graph("net", 2, max_depth=10)
    assert ids(graph) == {"net:v1", "net:v2", "net:v3", "net:v4", "run:a", "run:b"}


def test_deleted_runs_and_versions_are_marked_or_left_out(reader, chain, root):
    recycle.soft_delete_runs(root, ["report", "train"])
    version = reader.artifacts.find("data", 1)
    graph = reader.lineage.graph("net", 1)
    nodes = {node.node_id: node for node in graph.nodes}
    assert "run:report" not in nodes
    assert nodes["run:train"].metadata["deleted"] is True
    versions.delete_permanently(version)
    recycle.restore_runs(root, ["train"])
    reader.runs.refresh(now=True)
    nodes = {node.node_id: node for node in reader.lineage.graph("net", 1).nodes}
    assert nodes["data:v1"].metadata["deleted"] is True


def test_two_artifacts_of_one_name_are_two_nodes(reader, work):
    work("a", [], "x", "model")
    work("b", [], "x", "dataset")
    graph = reader.lineage.graph("x", 1, "dataset")
    assert ids(graph) == {"x:v1 (dataset)", "run:b"}
    assert graph.root_artifact == "x:v1 (dataset)"


def test_unknown_names_and_versions_are_refused(reader, chain):
    with pytest.raises(ArtifactNotFound, match="Artifact not found: nothing"):
        reader.lineage.graph("nothing", 1)
    with pytest.raises(ArtifactNotFound, match="Version not found: net:v9"):
        reader.lineage.graph("net", 9)


def test_a_very_wide_graph_is_cut_and_says_so(reader, chain, monkeypatch):
    monkeypatch.setattr(lineage, "MAX_NODES", 3)
    graph = reader.lineage.graph("net", 1)
    assert len(graph.nodes) == 3
    assert graph.truncated
    assert all({edge.source, edge.target} <= ids(graph) for edge in graph.edges)


def test_what_a_run_records_later_is_seen(reader, work):
    work("prep", [], "data", "dataset")
    assert ids(reader.lineage.graph("data", 1)) == {"data:v1", "run:prep"}
    work("late", ["data:1"])
    reader.runs.refresh(now=True)
    assert "run:late" in ids(reader.lineage.graph("data", 1))


def test_the_published_root_shows_its_consumers(published_root, published_ids):
    with Reader(published_root) as reader:
        graph = reader.lineage.graph("small-net", 2)
    assert f"run:{published_ids['uni']}" in ids(graph)
    assert ("small-net:v2", f"run:{published_ids['use']}", "uses") in arrows(graph)
