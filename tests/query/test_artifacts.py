"""Artifacts as they are shown: lists, details, files, sizes, what runs made and took."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runicorn.errors import ArtifactDamaged, ArtifactNotFound
from runicorn.query import Reader
from runicorn.storage.artifacts import stages, versions
from runicorn.storage.artifacts.contents import StagedFile
from runicorn.storage.artifacts.manifests import ReferenceEntry
from runicorn.storage.artifacts.records import record_created, record_used
from runicorn.storage.layout import RunFiles

RUN = "20250601_120000_a1b2c3"


@pytest.fixture
def save(root, tmp_path):
    """Store a version: `save("net", a=b"content")`."""

    def create(name="net", type="model", *, run_id=RUN, references=(), **files):
        staged = []
        for path, data in files.items():
            source = tmp_path / "source" / path
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(data)
            staged.append(StagedFile(source, path))
        return versions.create_version(root, versions.NewVersion(name, type, staged, list(references), run_id))

    return create


def test_artifacts_are_listed_the_last_changed_first(reader, save):
    save("old", a=b"1")
    save("net", "dataset", a=b"12")
    save("net", "dataset", a=b"123")
    (net, old) = reader.artifacts.list_artifacts()
    assert (net.name, net.type, net.num_versions, net.latest_version, net.size_bytes) == ("net", "dataset", 2, 2, 3)
    assert net.aliases == {"latest": 2}
    assert old.name == "old"
    assert [found.name for found in reader.artifacts.list_artifacts("model")] == ["old"]
    assert reader.artifacts.list_artifacts("nothing") == []


def test_an_artifact_without_versions_left_is_not_listed_but_known(reader, save):
    versions.delete_permanently(save(a=b"1"))
    assert reader.artifacts.list_artifacts() == []
    assert reader.artifacts.versions("net") == []
    with pytest.raises(ArtifactNotFound, match="Version not found: net:v1"):
        reader.artifacts.get("net", 1)


def test_details_say_what_both_files_and_the_index_know(reader, save):
    version = save(a=b"1")
    save(a=b"2")
    stages.promote(version, "staging", notes="good")
    versions.soft_delete(version)
    said = reader.artifacts.get("net", 1)
    assert (said.status, said.aliases, said.lifecycle_stage, said.created_by_run) == ("deleted", (), "staging", RUN)
    assert said.stage_transitions[0]["notes"] == "good"
    assert isinstance(said.deleted_at, float)
    assert reader.artifacts.get("net", "latest").version == 2


@pytest.mark.parametrize("selector", [2, "latest", "best"])
def test_a_version_is_found_by_all_its_names(reader, save, selector):
    save(a=b"1")
    second = save(a=b"2")
    versions.set_alias(second.artifact, "best", 2)
    assert reader.artifacts.find("net", selector) == second


@pytest.mark.parametrize(("name", "selector"), [("net", 0), ("net", -1), ("net", 9), ("net", "x"), ("../net", 1)])
def test_other_names_are_not_found(reader, save, name, selector):
    save(a=b"1")
    with pytest.raises(ArtifactNotFound):
        reader.artifacts.find(name, selector)


def test_files_say_where_they_are_and_are_handed_out_only_whole(reader, save):
    version = save(references=[ReferenceEntry("s3://x", size=10)], **{"deep/a": b"123"})
    answer = reader.artifacts.files("net", 1)
    assert (answer.artifact, answer.total_size, answer.total_files, answer.total_references) == ("net:v1", 13, 1, 1)
    (file,) = answer.files
    assert (file.path, file.size, file.absolute_path) == ("deep/a", 3, str(version.files / "deep" / "a"))
    assert answer.references[0]["uri"] == "s3://x"
    assert reader.artifacts.file("net", 1, "deep/a").read_bytes() == b"123"
    (version.files / "deep/a").chmod(0o644)
    (version.files / "deep/a").write_bytes(b"321")
    with pytest.raises(ArtifactDamaged):
        reader.artifacts.file("net", 1, "deep/a")


def test_stats_count_what_lies_on_the_disk(reader, save):
    save("one", a=b"x" * 100)
    save("two", "dataset", a=b"x" * 100, b=b"y" * 50, references=[ReferenceEntry("s3://x", size=10**9)])
    stats = reader.artifacts.stats()
    assert (stats.total_artifacts, stats.total_versions, stats.total_files) == (2, 2, 3)
    assert stats.total_size_bytes == 250 + 10**9
    assert (stats.dedup_pool_size_bytes, stats.space_saved_bytes, stats.dedup_ratio) == (150, 100, 0.4)
    assert stats.by_type["dataset"] == {"count": 1, "versions": 1, "size_bytes": 150 + 10**9}


def test_copies_save_nothing(reader, save, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    save("one", a=b"x" * 100)
    save("two", a=b"x" * 100)
    assert reader.artifacts.stats().space_saved_bytes == 0


def test_what_a_run_made_and_took_is_shown_as_it_is_now(reader, save, make_run):
    run = RunFiles(str(make_run(RUN)))
    made, taken = save(a=b"1"), save("data", "dataset", a=b"22")
    record_created(run, made)
    record_used(run, taken)
    versions.delete_permanently(taken)
    created, used = reader.artifacts.of_run(reader.runs.get(RUN))
    assert [(found.name, found.aliases, found.status) for found in created] == [("net", ("latest",), "ready")]
    assert [(found.name, found.size_bytes, found.status) for found in used] == [("data", 2, "deleted")]


def test_training_metrics_come_from_the_run_behind_a_version(reader, save, make_run):
    make_run(
        RUN,
        summary={"acc": 0.5, "note": "x", "ok": True},
        status={"status": "finished", "started_at": 100.0, "ended_at": 160.5},
    )
    save(a=b"1")
    save(run_id="20250601_120001_a1b2c4", a=b"2")
    found = reader.artifacts.training_metrics("net", 1)
    assert (found.run_id, found.run_name, found.project, found.status) == (RUN, "base", "vision", "finished")
    assert found.metrics == {"acc": 0.5, "note": "x", "ok": True}
    assert found.duration_seconds == 60.5
    assert reader.artifacts.training_metrics("net") is None
    assert reader.artifacts.training_metrics("net", 9) is None
    (point,) = reader.artifacts.performance_history("net")
    assert (point.version, point.metrics) == (1, {"acc": 0.5})
    assert reader.artifacts.performance_history("net", "loss")[0].metrics == {}


def test_a_damaged_artifact_does_not_hide_the_others(reader, save, root):
    """Promise 22."""
    save("good", a=b"1")
    for name, text in (("no-json", "{"), ("list", "[]"), ("empty", "")):
        version = save(name, a=b"1")
        version.artifact.index.write_text(text)
        version.metadata.write_text(text)
        version.manifest.write_text(text)
    (root / "artifacts" / "model" / "bare").mkdir()
    (root / "artifacts" / "notes.txt").write_text("x")
    assert "good" in [found.name for found in reader.artifacts.list_artifacts()]
    assert reader.artifacts.stats().total_files >= 1
    assert reader.sql("SELECT count(*) FROM artifact_versions").fetchall()[0][0] >= 1


def test_the_published_store_is_read_whole(published_root: Path):
    with Reader(published_root) as reader:
        found = {artifact.name: artifact for artifact in reader.artifacts.list_artifacts()}
        assert set(found) == {"toy-digits", "web-corpus", "small-net", "train-config", "export-small-net"}
        assert found["small-net"].aliases == {"latest": 3, "production": 2}
        rows = reader.sql(
            "SELECT artifact, path, uri FROM artifact_files WHERE type = 'dataset' ORDER BY ALL"
        ).fetchall()
        assert rows == [
            ("toy-digits", "rows.csv", None),
            ("toy-digits", "rows.csv", None),
            ("web-corpus", None, "https://example.org/list.txt"),
            ("web-corpus", None, "s3://bucket/corpus/2025"),
        ]
        query = "SELECT version, aliases, tags, metadata->>'layers' FROM artifact_versions WHERE artifact = 'small-net'"
        assert reader.sql(query).fetchall() == [
            (1, [], ["baseline"], "3"),
            (2, ["production"], [], None),
            (3, ["latest"], [], None),
        ]
        assert reader.sql("SELECT sum(versions) FROM artifacts").fetchall() == [(8,)]
        used = reader.sql("SELECT artifact, version FROM lineage WHERE relation = 'used' ORDER BY time").fetchall()
        assert ("toy-digits", 1) in used and ("small-net", 2) in used
