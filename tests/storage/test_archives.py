"""Archives: what is written comes back, and what nobody should trust stays out."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import tarfile
import time
import zipfile

import pytest

from runicorn.errors import Conflict, InvalidInput, TooLarge
from runicorn.storage import archives
from runicorn.storage.archive_members import Limits
from runicorn.storage.artifacts import contents, versions
from runicorn.storage.artifacts.contents import StagedFile
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.paths import get_artifact
from runicorn.storage.artifacts.records import record_created
from runicorn.storage.folders import remove_folder
from runicorn.storage.layout import STAGING, RunFiles

RUN = "20250601_120000_a1b2c3"
OTHER = "20250601_120001_a1b2c4"
FOLDER = f"vision/base/runs/{RUN}"
META = f"{FOLDER}/meta.json"


def make_tar(*members, compress=True):
    """A tar of (name, content) or of TarInfo objects."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if compress else "w") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return buffer.getvalue()


def make_zip(*members):
    """A zip of (name, content) or of (ZipInfo, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zip_link(name, target):
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info, target


def snapshot(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if ".runicorn" not in path.relative_to(folder).parts
    }


@pytest.fixture
def bring(root):
    """Import bytes into `root`; nothing may be left of the staging folder, whatever happens."""

    def run(data, **options):
        try:
            return archives.import_stream(root, io.BytesIO(data), **options)
        finally:
            assert not (root / STAGING).exists() or list((root / STAGING).iterdir()) == []

    return run


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_runs_and_their_artifacts_come_back_as_they_were(root, make_run, tmp_path, suffix):
    folder = make_run(RUN, events=[{"ts": 1.0, "type": "metrics", "data": {"loss": 0.5}}], logs="12:00:00 | hi\n")
    (folder / "media").mkdir()
    (folder / "media" / "准.png").write_bytes(b"\x89PNG")
    (folder / "status.json.lock").touch()
    (folder / "link").symlink_to("/etc/passwd")
    make_run(OTHER)
    (tmp_path / "w").write_bytes(b"weights")
    run = RunFiles(str(folder), "vision", "base")
    version = versions.create_version(root, versions.NewVersion("net", "model", [StagedFile(tmp_path / "w", "w")]))
    record_created(run, version)
    path = tmp_path / f"out{suffix}"

    written = archives.write_archive(root, [run], path, include_artifacts=True)
    other = tmp_path / "other"
    other.mkdir()
    answer = archives.import_archive(other, path)

    assert answer.imported_files == written
    assert (answer.new_run_ids, answer.new_versions) == ([RUN], ["net:v1"])
    assert answer.new_run_dirs == [other / FOLDER]
    assert snapshot(other / FOLDER) == {
        name: content for name, content in snapshot(folder).items() if not name.endswith(".lock") and name != "link"
    }
    brought = get_artifact(other, "net")
    assert read_index(brought).aliases == {"latest": 1}
    assert contents.find_damage(brought.version(1)) == []
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.endswith(".tmp")] == []


def test_a_dry_run_says_the_same_and_brings_nothing(root, bring):
    data = make_tar((META, b"{}"))
    assert bring(data, dry_run=True).new_run_ids == [RUN]
    assert snapshot(root) == {}


def test_a_plain_tar_and_the_legacy_layout_are_taken_too(root, bring):
    assert bring(make_tar((META, b"{}"), compress=False)).new_run_ids == [RUN]
    assert bring(make_zip((f"runs/{OTHER}/meta.json", "{}"))).new_run_ids == [OTHER]
    assert (root / "runs" / OTHER / "meta.json").read_text() == "{}"


def test_what_belongs_to_no_run_is_left_out_and_counted(root, bring):
    data = make_zip(
        (META, "{}"),
        ("README.md", "x"),
        (".runicorn/trash/x", "x"),
        ("runicorn.db", "x"),
        ("webui/a/runs/b/c", "x"),
        ("artifacts/.dedup/aa/" + "a" * 64, "x"),
        ("artifacts/model/net/versions.json", "{}"),
    )
    answer = bring(data)
    assert (answer.imported_files, answer.ignored_files) == (1, 6)
    assert set(snapshot(root)) == {"vision", "vision/base", "vision/base/runs", FOLDER, META}


EVIL = {
    "dots": make_tar((META, b"{}"), ("../../x", b"x")),
    "dots inside": make_tar((META, b"{}"), (f"{FOLDER}/../../x", b"x")),
    "absolute": make_tar((META, b"{}"), ("/tmp/runicorn-evil", b"x")),
    "link": make_tar((META, b"{}"), special(f"{FOLDER}/a", tarfile.SYMTYPE, "/etc"), (f"{FOLDER}/a/passwd", b"x")),
    "hard link": make_tar((META, b"{}"), special(f"{FOLDER}/a", tarfile.LNKTYPE, "../../x")),
    "fifo": make_tar((META, b"{}"), special(f"{FOLDER}/a", tarfile.FIFOTYPE)),
    "device": make_tar((META, b"{}"), special(f"{FOLDER}/a", tarfile.CHRTYPE)),
    "device name": make_tar((META, b"{}"), (f"{FOLDER}/CON.txt", b"x")),
    "stream": make_tar((META, b"{}"), (f"{FOLDER}/a.txt::$DATA", b"x")),
    "backslash": make_zip((META, "{}"), ("a\\..\\..\\w.txt", "x")),
    "drive": make_zip((META, "{}"), ("C:/win.txt", "x")),
    "zip dots": make_zip((META, "{}"), ("../../x", "x")),
    "zip link": make_zip((META, "{}"), zip_link(f"{FOLDER}/a", "/etc")),
    "twice": make_tar((META, b"{}"), (META, b"[]")),
    "upper case": make_tar((META, b"{}"), (META.replace("meta", "Meta"), b"[]")),
    "folders in two cases": make_tar(("a/b/runs/Run1/meta.json", b"{}"), ("a/b/runs/run1/meta.json", b"{}")),
    "NFC and NFD": make_tar((f"{FOLDER}/caf\u00e9", b"1"), (f"{FOLDER}/cafe\u0301", b"2")),
    "deep": make_tar((f"{FOLDER}/" + "a/" * 40 + "x", b"1")),
    "one id twice": make_tar((f"a/b/runs/{RUN}/meta.json", b"{}"), (f"c/d/runs/{RUN}/meta.json", b"{}")),
}


@pytest.mark.parametrize("data", EVIL.values(), ids=EVIL)
def test_one_evil_member_refuses_the_whole_archive(root, bring, data):
    """Cases 63 and 66."""
    (root / "keep").write_text("kept")
    before = snapshot(root.parent)
    with pytest.raises(InvalidInput):
        bring(data)
    assert snapshot(root.parent) == before
    assert not os.path.exists("/tmp/runicorn-evil")


def test_modes_in_the_archive_do_not_count(root, bring):
    """Case 63."""
    info = tarfile.TarInfo(META)
    info.mode = 0o6777
    bring(make_tar(info))
    assert (root / META).stat().st_mode & 0o7111 == 0


def test_a_run_that_is_there_is_never_touched(root, bring, make_run):
    """Case 66."""
    make_run(RUN, summary={"mine": 1})
    before = snapshot(root)
    for place in (FOLDER, f"elsewhere/x/runs/{RUN}", f"vision/base/runs/{RUN.upper()}"):
        data = make_tar((f"{place}/meta.json", b"{}"), (f"vision/base/runs/{OTHER}/meta.json", b"{}"))
        with pytest.raises(Conflict, match="exists already; nothing was imported"):
            bring(data)
        assert snapshot(root) == before


def test_a_run_is_not_brought_through_a_link(root, bring, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "vision").symlink_to(outside, target_is_directory=True)
    with pytest.raises(InvalidInput):
        bring(make_tar((META, b"{}")))
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("make", [make_tar, make_zip], ids=["tar", "zip"])
def test_an_archive_cut_short_is_refused_wherever_it_ends(root, bring, make):
    """Case 65."""
    data = make((META, b"{}"), (f"{FOLDER}/events.jsonl", random.Random(1).randbytes(5000)))
    for place in range(20):
        with pytest.raises(InvalidInput, match="corrupted"):
            bring(data[: len(data) * place // 20])
    assert snapshot(root) == {}


def test_a_plain_tar_cut_between_members_is_refused(bring):
    data = make_tar((META, b"{}"), compress=False)
    with pytest.raises(InvalidInput, match="ends too early"):
        bring(data[:1024])


@pytest.mark.parametrize("make", [make_tar, make_zip], ids=["tar", "zip"])
def test_a_flipped_bit_brings_the_right_bytes_or_nothing(root, bring, make):
    """Case 65."""
    content = random.Random(2).randbytes(3000)
    data = make((f"{FOLDER}/events.jsonl", content))
    for place in range(0, len(data), 37):
        damaged = bytearray(data)
        damaged[place] ^= 0x10
        try:
            answer = bring(bytes(damaged))
        except InvalidInput:
            assert snapshot(root) == {}
            continue
        for folder in answer.new_run_dirs:
            assert (folder / "events.jsonl").read_bytes() == content
            remove_folder(root, folder)
        remove_folder(root, root / "vision")


@pytest.mark.parametrize("data", [b"", b"junk", b"PK", b"PK\x03\x04junk", b"\x1f\x8bjunk", b"{}" * 600])
def test_what_is_no_archive_is_refused(root, bring, data):
    """Case 65."""
    with pytest.raises(InvalidInput, match="Unsupported or corrupted archive"):
        bring(data)


def test_an_encrypted_zip_is_refused(bring):
    """Case 65."""
    data = bytearray(make_zip((META, "{}")))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InvalidInput, match="encrypted"):
        bring(bytes(data))


@pytest.mark.parametrize("make", [make_tar, make_zip], ids=["tar", "zip"])
def test_a_bomb_stops_at_the_limit(root, bring, make):
    """Case 64."""
    data = make((f"{FOLDER}/zeros", bytes(66 * 1024**2)))
    assert len(data) < 1024**2
    started = time.monotonic()
    with pytest.raises(TooLarge, match="times its size"):
        bring(data)
    assert time.monotonic() - started < 30
    assert snapshot(root) == {}


@pytest.mark.parametrize("make", [make_tar, make_zip], ids=["tar", "zip"])
@pytest.mark.parametrize(
    "limits",
    [Limits(members=3), Limits(file_bytes=900), Limits(total_bytes=2500), Limits(ratio=1, ratio_floor_bytes=1)],
    ids=["members", "file", "total", "ratio"],
)
def test_every_limit_stops_an_import(root, bring, make, limits):
    """Case 64."""
    data = make(*((f"{FOLDER}/{number}", bytes(1000)) for number in range(4)))
    with pytest.raises(TooLarge):
        bring(data, limits=limits)
    assert snapshot(root) == {}
    assert bring(data).imported_files == 4


def test_a_header_that_claims_gigabytes_is_refused_before_it_is_read(bring):
    """Case 64."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 5 * 1024**3
    data = gzip.compress(info.tobuf() + bytes(100_000))
    with pytest.raises(InvalidInput):
        bring(data)


def test_a_zip_whose_list_would_fill_the_memory_is_refused_before_it_is_read(bring):
    """Case 64."""
    data = bytearray(make_zip((META, "{}")))
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = (10**9).to_bytes(4, "little")
    with pytest.raises(TooLarge, match="members"):
        bring(bytes(data))


def test_a_disk_that_fills_up_stops_an_import(root, bring, monkeypatch):
    monkeypatch.setattr(archives, "_CHECK_DISK_BYTES", 1000)
    monkeypatch.setattr(archives, "FREE_DISK_BYTES", 1 << 62)
    with pytest.raises(TooLarge, match="disk"):
        bring(make_tar((f"{FOLDER}/a", bytes(5000))))
    assert snapshot(root) == {}


def make_version(content=b"weights", number=1):
    """Members of one artifact version."""
    digest = "sha256:" + hashlib.sha256(b"weights").hexdigest()
    manifest = {"files": [{"path": "w", "size": 7, "digest": digest}], "references": []}
    base = f"artifacts/model/net/v{number}"
    return [
        (f"{base}/manifest.json", json.dumps(manifest).encode()),
        (f"{base}/metadata.json", json.dumps({"status": "ready", "aliases": ["best"]}).encode()),
        (f"{base}/files/w", content),
    ]


def test_a_version_whose_bytes_do_not_match_refuses_the_archive(root, bring):
    with pytest.raises(InvalidInput, match="damaged"):
        bring(make_tar((META, b"{}"), *make_version(b"weighty")))
    assert snapshot(root) == {}


def test_a_version_that_is_there_is_passed_over_when_it_is_the_same(root, bring):
    assert bring(make_tar(*make_version())).new_versions == ["net:v1"]
    assert bring(make_tar(*make_version(), (META, b"{}"))).new_versions == []
    folder = get_artifact(root, "net")
    manifest = json.loads(folder.version(1).manifest.read_text())
    manifest["files"][0]["digest"] = "sha256:" + "0" * 64
    folder.version(1).manifest.write_text(json.dumps(manifest))
    with pytest.raises(Conflict, match="net:v1 exists already with other contents"):
        bring(make_tar(*make_version(), (f"vision/base/runs/{OTHER}/meta.json", b"{}")))
    assert not (root / "vision/base/runs" / OTHER).exists()


def test_a_failure_in_the_middle_takes_everything_back(root, bring, monkeypatch):
    """Promise 17."""
    rename, renamed = os.rename, []

    def refuse_second_run(source, target):
        if str(target).endswith(OTHER):
            raise OSError(28, "No space left on device")
        renamed.append(target)
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse_second_run)
    members = [(META, b"{}"), (f"vision/base/runs/{OTHER}/meta.json", b"{}"), *make_version()]
    with pytest.raises(OSError, match="No space"):
        bring(make_tar(*members))
    monkeypatch.undo()
    assert len(renamed) > 2
    assert not (root / FOLDER).exists()
    assert read_index(get_artifact(root, "net")).versions == []
    assert bring(make_tar(*members)).new_run_ids == [RUN, OTHER]
