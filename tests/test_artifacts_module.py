"""`runicorn.artifacts`: the names of the published package."""

import pytest

import runicorn
from runicorn import artifacts
from runicorn.errors import ArtifactNotFound


@pytest.fixture
def store(root):
    return artifacts.get_artifact_storage(root)


@pytest.fixture
def saved(store, tmp_path):
    """A store with two versions of one artifact."""
    source = tmp_path / "w.bin"
    for content in (b"one", b"two"):
        source.write_bytes(content)
        artifact = runicorn.Artifact("net", description="weights").add_tags("a")
        store.save_artifact(artifact, "run1", [(source, "w.bin")], [artifacts.ReferenceEntry("s3://x")], user="me")
    return store


def test_versions_are_saved_loaded_and_listed(saved):
    metadata, manifest = saved.load_artifact("net", "model")
    assert (metadata.version, metadata.created_by_user, metadata.tags) == (2, "me", ["a"])
    assert [entry.path for entry in manifest.files] == ["w.bin"]
    assert saved.load_artifact("net", "model", version=1)[0].version == 1
    assert saved.load_artifact("net", "model", alias="latest")[0].version == 2
    assert [found.version for found in saved.list_versions("net")] == [1, 2]
    assert [found["name"] for found in saved.list_artifacts("model")] == ["net"]
    assert saved.get_storage_stats()["total_versions"] == 2
    with pytest.raises(ArtifactNotFound):
        saved.load_artifact("net", "dataset")


def test_files_are_handed_out_verified(saved, tmp_path):
    assert (saved.download_artifact("net", "model", 1, tmp_path / "out") / "w.bin").read_bytes() == b"one"
    assert saved.get_artifact_file_path("net", "model", 2, "w.bin").read_bytes() == b"two"
    assert saved.get_artifact_file_path("net", "model", 2, "nothing") is None


def test_versions_are_deleted_softly_and_for_good(saved, root):
    assert saved.delete_artifact_version("net", "model", 1)
    assert saved.list_versions("net")[0].status == "deleted"
    assert saved.delete_artifact_version("net", "model", 1, soft_delete=False)
    assert not saved.delete_artifact_version("net", "model", 1)
    assert [found.version for found in saved.list_versions("net")] == [2]


def test_orphans_are_removed_and_counted(saved, root):
    orphan = root / "artifacts/.dedup/aa" / ("aa" + "0" * 62)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"x")
    assert saved.cleanup_orphaned_dedup() == 1
    assert not orphan.exists()
    assert saved.cleanup_orphaned_dedup() == 0


def test_lineage_is_built(saved, root):
    graph = artifacts.LineageTracker(root).build_lineage_graph("net", "model", 1)
    assert {node.node_id for node in graph.nodes} == {"net:v1", "run:run1"}
