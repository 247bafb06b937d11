"""Handing stored files out: only when their bytes are still what they were."""

import os

import pytest

from runicorn.errors import ArtifactDamaged, ArtifactNotFound, InvalidName
from runicorn.storage import blobs
from runicorn.storage.artifacts import contents
from runicorn.storage.artifacts.manifests import FileEntry, Manifest, write_manifest


def damage(path):
    """Change one byte and leave the size; on a disk this happens without a new modification time."""
    path.chmod(0o644)
    with path.open("r+b") as file:
        byte = file.read(1)
        file.seek(0)
        file.write(bytes([byte[0] ^ 1]))


def test_a_download_copies_every_file_with_its_folders(save, tmp_path):
    version = save(**{"a": b"1", "deep/er/b": b"2"})
    target = tmp_path / "out"
    assert contents.download(version, target) == target
    assert (target / "a").read_bytes() == b"1"
    assert (target / "deep/er/b").read_bytes() == b"2"
    assert (target / "a").stat().st_nlink == 1
    assert os.access(target / "a", os.W_OK)


def test_a_copy_that_is_edited_leaves_the_store_alone(save, tmp_path):
    """Case 67."""
    first, second = save("one", a=b"same"), save("two", a=b"same")
    contents.download(first, tmp_path / "out")
    (tmp_path / "out" / "a").write_bytes(b"edited")
    assert contents.find_damage(first) == contents.find_damage(second) == []


def test_damaged_bytes_are_not_handed_out(root, save, tmp_path):
    """Case 67."""
    version = save(a=b"content", b=b"good")
    contents.get_file(version, "a")
    damage(version.files / "a")

    with pytest.raises(ArtifactDamaged, match=r"net:v1.*'a'"):
        contents.get_file(version, "a")
    with pytest.raises(ArtifactDamaged):
        contents.download(version, tmp_path / "out")
    assert not (tmp_path / "out" / "a").exists()
    assert contents.find_damage(version) == ["a"]
    assert contents.get_file(version, "b").read_bytes() == b"good"


def test_a_file_is_read_again_only_after_a_change(save, monkeypatch):
    version = save(a=b"content")
    read = []
    hash_file = blobs.hash_file
    monkeypatch.setattr(blobs, "hash_file", lambda path: read.append(path) or hash_file(path))
    contents.get_file(version, "a")
    assert read == []
    os.utime(version.files / "a", (1, 1))
    contents.get_file(version, "a")
    contents.get_file(version, "a")
    assert len(read) == 1


@pytest.mark.parametrize("path", ["missing", "../metadata.json", "/etc/passwd", "..\\x", "", ".", "a\0"])
def test_only_files_of_the_manifest_are_found(save, path):
    """Case 38."""
    with pytest.raises(ArtifactNotFound):
        contents.find_file(save(a=b"1"), path)


def test_a_manifest_that_names_a_place_outside_reaches_nothing(save, tmp_path):
    version = save(a=b"1")
    (version.path / "secret").write_bytes(b"secret")
    entries = tuple(FileEntry(path, 6, "sha256:" + "0" * 64) for path in ("../secret", "/etc/passwd"))
    write_manifest(version.manifest, Manifest(entries))
    for entry in entries:
        with pytest.raises(ArtifactNotFound):
            contents.get_file(version, entry.path)
    with pytest.raises((ArtifactNotFound, InvalidName)):
        contents.download(version, tmp_path / "out")
    assert not (tmp_path / "secret").exists()


def test_a_link_in_the_place_of_a_stored_file_is_refused(save, tmp_path):
    """Case 41."""
    version = save(a=b"1")
    (version.files / "a").unlink()
    (version.files / "a").symlink_to("/etc/passwd")
    with pytest.raises(ArtifactNotFound):
        contents.get_file(version, "a")
    assert contents.find_damage(version) == ["a"]


def test_progress_adds_up_to_the_size(save, tmp_path):
    version = save(a=b"12345", b=b"123")
    seen = []
    contents.download(version, tmp_path / "out", seen.append)
    assert sum(seen) == 8
