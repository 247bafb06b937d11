"""The pool of contents."""

import errno
import hashlib
import os
import stat

import pytest

from runicorn.storage import blobs

LARGE = bytes(range(256)) * (blobs.CHUNK_BYTES // 256) * 2 + b"tail"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def put(root, name, data):
    """Store `data` in `root/name` the way a version does."""
    source, target = root / f"{name}.source", root / name
    source.write_bytes(data)
    digest = blobs.copy_file(source, target)
    blobs.share(root, target, digest)
    return target


@pytest.mark.parametrize(
    "data", [b"", b"x", LARGE[: blobs.CHUNK_BYTES], LARGE], ids=["empty", "small", "chunk", "more"]
)
def test_a_copy_is_hashed_while_it_is_made(root, data):
    (root / "a").write_bytes(data)
    seen = []
    assert blobs.copy_file(root / "a", root / "b", seen.append) == sha256(data)
    assert (root / "b").read_bytes() == data
    assert sum(seen) == len(data)
    assert blobs.hash_file(root / "b") == sha256(data)


def test_equal_content_is_one_read_only_blob(root):
    """Case 67."""
    first, second = put(root, "a", b"same"), put(root, "b", b"same")
    blob = blobs.blob_path(root, sha256(b"same"))
    assert os.path.samefile(first, blob) and os.path.samefile(second, blob)
    assert stat.S_IMODE(blob.stat().st_mode) == 0o444
    assert [entry.name for entry in blobs.iter_blobs(root)] == [blob.name]
    assert sorted(path.name for path in root.iterdir()) == ["a", "a.source", "artifacts", "b", "b.source"]


def test_editing_the_source_changes_nothing_stored(root):
    stored = put(root, "a", b"before")
    (root / "a.source").write_bytes(b"after!")
    assert stored.read_bytes() == b"before"


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP])
@pytest.mark.parametrize("blob_there", [False, True])
def test_where_links_fail_a_stored_file_is_a_copy(root, monkeypatch, number, blob_there):
    """Case 68."""
    if blob_there:
        put(root, "first", b"content")

    def refuse(source, target, **options):
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "exists")
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    stored = put(root, "second", b"content")
    assert stored.read_bytes() == b"content"
    assert stored.stat().st_nlink == 1
    assert not list(root.rglob("*.tmp"))


def test_other_failures_of_a_link_are_raised(root, monkeypatch):
    def refuse(source, target, **options):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(OSError, match="input/output"):
        put(root, "a", b"content")


@pytest.mark.parametrize("damage", [b"cut", b"contenT"], ids=["another size", "another byte"])
def test_a_damaged_blob_is_replaced_by_good_content(root, damage):
    """Case 67."""
    put(root, "a", b"content")
    blob = blobs.blob_path(root, sha256(b"content"))
    blob.chmod(0o644)
    blob.write_bytes(damage)
    assert not blobs.link_blob(root, sha256(b"content"), root / "linked")
    stored = put(root, "b", b"content")
    assert stored.read_bytes() == blob.read_bytes() == b"content"


@pytest.mark.parametrize("name", ["", "x" * 64, "../../etc", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_a_sha256_names_a_blob(root, name):
    with pytest.raises(ValueError, match="SHA-256"):
        blobs.blob_path(root, name)


def test_links_folders_and_pipes_are_neither_hashed_nor_copied(root):
    (root / "real").write_bytes(b"x")
    (root / "link").symlink_to(root / "real")
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        with pytest.raises(OSError):
            blobs.hash_file(root / name)
        with pytest.raises(OSError):
            blobs.copy_file(root / name, root / "target")
        assert not (root / "target").exists()


def test_a_failed_copy_leaves_nothing(root):
    (root / "a").write_bytes(LARGE)

    def interrupt(size):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        blobs.copy_file(root / "a", root / "b", interrupt)
    assert not (root / "b").exists()


def test_a_copy_never_replaces_a_file(root):
    (root / "a").write_bytes(b"a")
    (root / "b").write_bytes(b"b")
    with pytest.raises(FileExistsError):
        blobs.copy_file(root / "a", root / "b")
    assert (root / "b").read_bytes() == b"b"


def test_orphans_are_blobs_without_a_link_or_a_name(root):
    stored = put(root, "a", b"linked")
    put(root, "b", b"named").unlink()
    put(root, "c", b"orphan").unlink()
    (blobs.pool_folder(root) / "notes.txt").write_text("not a blob")

    orphans = blobs.find_orphans(root, {sha256(b"named")})

    assert orphans == [blobs.blob_path(root, sha256(b"orphan"))]
    assert blobs.remove_blobs(orphans) == len(b"orphan")
    assert blobs.remove_blobs(orphans) == 0
    assert stored.exists() and blobs.blob_path(root, sha256(b"named")).exists()
