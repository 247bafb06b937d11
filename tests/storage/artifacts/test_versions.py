"""Versions of artifacts: made, named, hidden, removed."""

import hashlib
import json
import os
import threading

import pytest

from runicorn.errors import ArtifactNotFound, Conflict, InvalidInput, InvalidName
from runicorn.storage import blobs
from runicorn.storage.artifacts import contents, index, paths, versions
from runicorn.storage.artifacts.contents import StagedFile
from runicorn.storage.artifacts.manifests import ReferenceEntry, read_manifest
from runicorn.storage.artifacts.metadata import read_metadata
from runicorn.storage.layout import STAGING


def document(path):
    return json.loads(path.read_text(encoding="utf-8"))


def stored(root):
    """Every path below the artifact store, staging folders and all."""
    return sorted(str(path.relative_to(root)) for path in (root / "artifacts").rglob("*"))


def test_a_version_has_the_documented_files(root, save):
    version = save(weights=b"12345", references=[ReferenceEntry("s3://bucket/x", size=100)])

    manifest = document(version.manifest)
    assert manifest["files"][0] | {"modified_at": None} == {
        "path": "weights",
        "size": 5,
        "digest": "sha256:" + hashlib.sha256(b"12345").hexdigest(),
        "modified_at": None,
    }
    assert manifest["references"] == [{"uri": "s3://bucket/x", "checksum": None, "size": 100, "metadata": {}}]
    assert (manifest["total_size"], manifest["total_files"], manifest["total_references"]) == (105, 1, 1)

    metadata = document(version.metadata)
    assert list(metadata) == [
        *("name", "type", "version", "created_at", "updated_at", "created_by_run", "created_by_user", "size_bytes"),
        *("num_files", "num_references", "status", "metadata", "description", "tags", "aliases"),
        *("parent_artifacts", "manifest_digest"),
    ]
    assert metadata["manifest_digest"] == hashlib.sha256(version.manifest.read_bytes()).hexdigest()

    entry = document(version.artifact.index)
    assert entry["aliases"] == {"latest": 1}
    assert list(entry) == ["artifact_name", "artifact_type", "versions", "aliases", "created_at", "updated_at"]
    assert list(entry["versions"][0]) == [
        *("version", "created_at", "created_by_run", "size_bytes", "num_files", "status", "aliases")
    ]


def test_latest_moves_and_the_older_version_no_longer_claims_it(save):
    first, second = save(a=b"1"), save(a=b"2")
    assert document(second.artifact.index)["aliases"] == {"latest": 2}
    assert [row["aliases"] for row in document(second.artifact.index)["versions"]] == [[], ["latest"]]
    assert (read_metadata(first).aliases, read_metadata(second).aliases) == ([], ["latest"])


def test_equal_files_of_five_versions_are_stored_once(root, save):
    """Case 67."""
    five = [save(name=f"net{i}", a=b"same") for i in range(5)]
    assert len(list(blobs.iter_blobs(root))) == 1
    assert len({(version.files / "a").stat().st_ino for version in five}) == 1


def test_a_large_file_that_is_stored_already_is_linked_not_copied(root, save, monkeypatch):
    monkeypatch.setattr(contents, "SMALL_BYTES", 2)
    monkeypatch.setattr(contents, "HASH_FIRST_BYTES", 4)
    save(a=b"12345")
    copied = []
    copy_file = blobs.copy_file
    monkeypatch.setattr(blobs, "copy_file", lambda *a: copied.append(a) or copy_file(*a))
    again, other = save(a=b"12345"), save(a=b"54321")
    assert len(copied) == 1
    assert (again.files / "a").read_bytes() == b"12345"
    assert (other.files / "a").read_bytes() == b"54321"


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/abs",
        "a//b",
        "",
        ".",
        "a/../b",
        "a\\b",
        "C:/x",
        "nul.txt",
        "a/CON",
        "x.",
        "x ",
        "a\0b",
        "s::$DATA",
        "é" * 200,
    ],
)
def test_a_path_that_leaves_the_version_is_refused_before_anything_is_written(root, tmp_path, path):
    """Cases 42 and 43."""
    (tmp_path / "f").write_bytes(b"x")
    with pytest.raises(InvalidName):
        versions.create_version(root, versions.NewVersion("net", "model", [StagedFile(tmp_path / "f", path)]))
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a:b", "a\\b", "CON", "x" * 101, "a*"])
def test_an_artifact_name_no_folder_should_have_is_refused(root, save, name):
    with pytest.raises(InvalidName):
        save(name=name, a=b"1")
    with pytest.raises(InvalidName):
        save(type=name, a=b"1")


@pytest.mark.parametrize("files", [["a", "a"], ["a", "a/b"], ["a/b/c", "a/b"]], ids=["twice", "folder", "deeper"])
def test_paths_that_clash_are_refused(root, tmp_path, files):
    (tmp_path / "f").write_bytes(b"x")
    staged = [StagedFile(tmp_path / "f", path) for path in files]
    with pytest.raises(InvalidInput):
        versions.create_version(root, versions.NewVersion("net", "model", staged))


def test_nothing_to_store_is_refused(root):
    with pytest.raises(InvalidInput, match="no files or references"):
        versions.create_version(root, versions.NewVersion("net", "model"))


def test_a_file_that_cannot_be_read_stores_nothing(root, save, tmp_path):
    save(a=b"1")
    before = stored(root)
    staged = [StagedFile(tmp_path / "source" / "a", "a"), StagedFile(tmp_path / "missing", "b")]
    with pytest.raises(FileNotFoundError):
        versions.create_version(root, versions.NewVersion("net", "model", staged))
    assert stored(root) == before


def test_a_disk_that_refuses_the_index_stores_nothing(root, save, monkeypatch):
    first = save(a=b"1")
    before = document(first.artifact.index)

    def refuse(folder, value):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(versions, "write_index", refuse)
    with pytest.raises(OSError, match="No space"):
        save(a=b"2")
    monkeypatch.undo()
    assert document(first.artifact.index) == before
    assert first.artifact.version_numbers() == [1]
    assert save(a=b"3").number == 2


def test_a_version_whose_writer_died_before_the_index_is_not_lost(save):
    """Case 68."""
    first, second = save(a=b"1"), save(a=b"2")
    text = document(first.artifact.index)
    text["versions"].pop()
    text["aliases"] = {"latest": 1}
    first.artifact.index.write_text(json.dumps(text))

    assert [entry.version for entry in index.read_index(first.artifact).versions] == [1, 2]
    assert index.read_index(first.artifact).aliases == {"latest": 2}
    assert save(a=b"3").number == 3
    assert second.files.exists()


def test_a_half_made_version_of_another_writer_is_skipped(save):
    first = save(a=b"1")
    (first.artifact.path / "v2" / "files").mkdir(parents=True)
    assert [entry.version for entry in index.read_index(first.artifact).versions] == [1]
    assert save(a=b"2").number == 3
    assert [row["status"] for row in document(first.artifact.index)["versions"]] == ["ready", "deleted", "ready"]


@pytest.mark.parametrize("text", ["", "[]", '{"versions": 7, "aliases": []}', '{"versions": [1, {"version": "x"}]}'])
def test_a_damaged_index_is_made_up_for_from_the_folders(save, text):
    version = save(a=b"1")
    save(a=b"2")
    version.artifact.index.write_text(text)
    found = index.read_index(version.artifact)
    assert [(entry.version, entry.size_bytes, entry.status) for entry in found.versions] == [
        (1, 1, "ready"),
        (2, 1, "ready"),
    ]
    assert found.aliases == {"latest": 2}


def test_writers_in_many_threads_get_numbers_of_their_own(root, tmp_path):
    (tmp_path / "f").write_bytes(b"x")
    numbers = []

    def work():
        new = versions.NewVersion("net", "model", [StagedFile(tmp_path / "f", "f")])
        numbers.extend(versions.create_version(root, new).number for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 21))


def test_an_artifact_that_may_not_be_written_is_a_conflict(save):
    version = save(a=b"1")
    version.artifact.lock.unlink(missing_ok=True)
    version.artifact.lock.mkdir()
    with pytest.raises(Conflict, match="cannot be changed"):
        versions.soft_delete(version)
    assert not version.deleted.exists()


def test_a_writer_that_holds_the_lock_too_long_is_a_conflict(save, monkeypatch):
    version = save(a=b"1")
    monkeypatch.setattr(index, "LOCK_SECONDS", 0.05)
    with index.locked(version.artifact), pytest.raises(Conflict, match="another program"):
        versions.soft_delete(version)
    versions.soft_delete(version)


def test_soft_delete_marks_and_restore_takes_the_mark_away(save):
    save(a=b"1")
    version = save(a=b"2")
    versions.soft_delete(version)
    versions.soft_delete(version)
    marker = document(version.deleted)
    assert marker | {"deleted_at": 0} == {
        "deleted_at": 0,
        "deleted_by": "user",
        "version": 2,
        "artifact_name": "net",
    }
    assert [entry.status for entry in index.read_index(version.artifact).versions] == ["ready", "deleted"]
    assert (version.files / "a").exists()
    versions.restore(version)
    versions.restore(version)
    assert [entry.status for entry in index.read_index(version.artifact).versions] == ["ready", "ready"]


def test_a_version_removed_for_good_keeps_its_number_and_frees_what_it_says(root, save):
    save(a=b"shared", b=b"x" * 1000)
    second = save(a=b"shared", b=b"y" * 2000)
    third = save(a=b"z")
    overhead = sum(path.stat().st_size for path in (second.metadata, second.manifest))

    assert versions.preview_bytes(second) == 2000 + overhead
    assert versions.delete_permanently(second) == 2000 + overhead

    assert not second.path.exists()
    assert [entry.version for entry in index.read_index(third.artifact).versions] == [1, 3]
    raw = document(third.artifact.index)["versions"]
    assert [(row["version"], row["status"]) for row in raw] == [(1, "ready"), (2, "deleted"), (3, "ready")]
    assert len(list(blobs.iter_blobs(root))) == 3
    assert save(a=b"4").number == 4


def test_aliases_of_a_removed_version_go_and_latest_falls_back(save):
    first, second = save(a=b"1"), save(a=b"2")
    versions.set_alias(second.artifact, "best", 2)
    versions.delete_permanently(second)
    assert index.read_index(first.artifact).aliases == {"latest": 1}
    assert read_metadata(first).aliases == ["latest"]
    versions.delete_permanently(first)
    assert index.read_index(first.artifact).versions == []
    with pytest.raises(ArtifactNotFound):
        versions.delete_permanently(first)


def test_an_alias_names_one_version_at_a_time(save):
    first, second = save(a=b"1"), save(a=b"2")
    folder = first.artifact
    versions.set_alias(folder, "best", 1)
    assert read_metadata(first).aliases == ["best"]
    versions.set_alias(folder, "best", 2)
    assert index.read_index(folder).aliases == {"latest": 2, "best": 2}
    assert (read_metadata(first).aliases, read_metadata(second).aliases) == ([], ["latest", "best"])
    versions.remove_alias(folder, "best")
    assert index.read_index(folder).aliases == {"latest": 2}
    with pytest.raises(ArtifactNotFound, match="Alias not found: best"):
        versions.remove_alias(folder, "best")
    with pytest.raises(ArtifactNotFound, match="Version not found: net:v9"):
        versions.set_alias(folder, "best", 9)


@pytest.mark.parametrize("alias", ["latest", "v1", "v0", "", "a/b", "a:b", "x" * 101])
def test_an_alias_that_means_something_else_is_refused(save, alias):
    with pytest.raises(InvalidName):
        versions.set_alias(save(a=b"1").artifact, alias, 1)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("net:v3", ("net", 3)),
        ("net:3", ("net", 3)),
        ("net:latest", ("net", "latest")),
        ("net:vision", ("net", "vision")),
    ],
)
def test_a_spec_is_a_name_with_a_version_or_an_alias(spec, expected):
    assert paths.split_spec(spec) == expected


@pytest.mark.parametrize("spec", ["net", "net:", ":v1", "net:v0", "net:v007", "", 7])
def test_other_specs_are_refused(spec):
    with pytest.raises(InvalidInput):
        paths.split_spec(spec)


def test_a_name_of_two_types_is_found_in_the_known_order_and_odd_types_after(root, save):
    save("net", "zoo", a=b"1")
    assert paths.get_artifact(root, "net").type == "zoo"
    save("net", "custom", a=b"1")
    save("net", "dataset", a=b"1")
    assert paths.get_artifact(root, "net").type == "dataset"
    assert paths.get_artifact(root, "net", "zoo").type == "zoo"
    assert [folder.type for folder in paths.iter_artifacts(root)] == ["dataset", "custom", "zoo"]
    with pytest.raises(ArtifactNotFound, match=r"Artifact not found: net \(type=code\)"):
        paths.get_artifact(root, "net", "code")


@pytest.mark.parametrize("name", ["..", ".", "", "../x", "a/b", "/etc", "a\0b", "a\\b", ".dedup", "x" * 5000])
def test_no_name_leads_out_of_the_store(root, save, name):
    """Cases 38 to 40."""
    save(a=b"1")
    assert paths.find_artifact(root, name) is None
    assert paths.find_artifact(root, "net", name) is None


def test_links_are_not_artifacts(root, save, tmp_path):
    """Case 41."""
    version = save(a=b"1")
    outside = tmp_path / "outside"
    version.artifact.path.rename(outside)
    (root / "artifacts" / "model" / "net").symlink_to(outside, target_is_directory=True)
    assert paths.find_artifact(root, "net") is None
    assert list(paths.iter_artifacts(root)) == []
    with pytest.raises(Conflict, match="net is a link"):
        save(a=b"2")
    assert not (outside / "v2").exists()


def test_staging_folders_are_leftovers_when_they_are_old(root, save):
    version = save(a=b"1")
    left, unpacked = version.artifact.path / f"{contents.STAGING}0badf00d", root / STAGING / "import-0badf00d"
    for folder in (left, unpacked):
        folder.mkdir(parents=True)
    assert versions.find_leftovers(root) == []
    for folder in (left, unpacked):
        os.utime(folder, (0, 0))
    assert versions.find_leftovers(root) == [left, unpacked]
    contents.drop_staging(left)
    assert not left.exists() and version.files.exists()


def test_orphans_of_the_pool_are_found(root, save):
    version = save(a=b"kept")
    (version.artifact.path.parent.parent / "x").mkdir()
    other = save("other", a=b"gone")
    other.artifact.path.rename(root / "elsewhere")
    assert versions.collect_orphans(root) == []
    for path in sorted((root / "elsewhere").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    digest = hashlib.sha256(b"gone").hexdigest()
    assert [blob.name for blob in versions.collect_orphans(root)] == [digest]


def test_a_store_of_the_published_package_is_read(published_root):
    folder = paths.get_artifact(published_root, "small-net")
    found = index.read_index(folder)
    assert [(entry.version, entry.aliases) for entry in found.versions] == [
        (1, ()),
        (2, ("production",)),
        (3, ("latest",)),
    ]
    assert [entry.path for entry in read_manifest(folder.version(1).manifest).files] == ["weights.bin", "cfg/net.yaml"]
    assert contents.find_damage(folder.version(1)) == []
