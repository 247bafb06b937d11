"""The recycle bin, and the permanent deletion of runs."""

import json
import os
import socket

import pytest

from runicorn.errors import Conflict, InvalidInput, RunNotFound
from runicorn.storage import recycle
from runicorn.storage.layout import TRASH, RunFiles

RUN = "20250601_120000_a1b2c3"
OTHER = "20250601_120001_a1b2c4"


def files(folder):
    return RunFiles(str(folder), folder.parent.parent.parent.name, folder.parent.parent.name)


@pytest.fixture
def live_run(make_run):
    meta = {"pid": os.getpid(), "hostname": socket.gethostname()}
    return make_run(RUN, status="running", meta=meta)


def test_a_soft_deleted_run_keeps_its_files_and_says_when_why_and_what_it_was(make_run):
    folder = make_run(RUN, status="interrupted")
    before = (folder / "meta.json").read_bytes()

    recycle.soft_delete(files(folder), "tidy")

    marker = json.loads((folder / ".deleted").read_text())
    assert (marker["reason"], marker["original_status"]) == ("tidy", "interrupted")
    assert isinstance(marker["deleted_at"], float)
    assert (folder / "meta.json").read_bytes() == before


@pytest.mark.parametrize(
    "status", [None, {}, {"status": 7}, {"status": ""}], ids=["no file", "empty", "a number", "empty text"]
)
def test_a_run_without_a_status_is_remembered_as_finished(make_run, status):
    folder = make_run(RUN, status=status)
    recycle.soft_delete(files(folder))
    assert json.loads((folder / ".deleted").read_text())["original_status"] == "finished"


def test_a_run_is_restored_once(make_run):
    run = files(make_run(RUN))
    recycle.soft_delete(run)
    recycle.restore(run)
    assert not recycle.is_deleted(run)
    with pytest.raises(Conflict, match="run not deleted"):
        recycle.restore(run)


def test_deleting_twice_keeps_the_first_marker(make_run):
    run = files(make_run(RUN))
    recycle.soft_delete(run, "first")
    with pytest.raises(Conflict, match="already deleted"):
        recycle.soft_delete(run, "second")
    assert json.loads(run.deleted.read_text())["reason"] == "first"


def test_a_batch_says_for_every_id_what_happened(root, make_run):
    make_run(RUN)
    recycle.soft_delete(files(make_run(OTHER)))
    results = recycle.soft_delete_runs(root, [RUN, OTHER, "nowhere", RUN])
    assert results == {RUN: None, OTHER: "already deleted", "nowhere": "run not found"}

    results = recycle.restore_runs(root, [RUN, "nowhere"])
    assert results == {RUN: None, "nowhere": "run not found"}


def test_of_two_runs_with_one_id_the_bin_is_asked_for_the_one_in_it(root, make_run):
    first, second = make_run("mine", name="a"), make_run("mine", name="b")
    recycle.soft_delete(files(second))
    assert recycle.restore_runs(root, ["mine"]) == {"mine": None}
    assert not (second / ".deleted").exists()
    recycle.soft_delete(files(first))
    assert recycle.soft_delete_runs(root, ["mine"]) == {"mine": None}
    assert (second / ".deleted").exists()


def test_permanent_deletion_frees_the_bytes_it_says(root, make_run):
    folder = make_run(RUN, logs="x" * 10_000)
    (folder / "media").mkdir()
    (folder / "media" / "a.png").write_bytes(b"y" * 5000)
    expected = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    run = files(folder)

    assert recycle.preview_bytes([run]) == expected
    assert recycle.delete_permanently(root, run) == expected
    assert not folder.exists()
    assert list((root / TRASH).iterdir()) == []


def test_a_file_shared_with_a_place_outside_frees_nothing(root, make_run):
    first, second = make_run(RUN), make_run(OTHER)
    base = recycle.preview_bytes([files(first)])
    (first / "big").write_bytes(b"z" * 4096)
    os.link(first / "big", second / "big")

    assert recycle.preview_bytes([files(first)]) == base
    both = recycle.preview_bytes([files(first), files(second)])
    assert both == base + recycle.preview_bytes([files(second)]) + 4096
    assert recycle.delete_permanently(root, files(first)) == base
    assert (second / "big").read_bytes() == b"z" * 4096


def test_a_live_run_is_not_removed(root, live_run):
    """Case 44."""
    with pytest.raises(Conflict, match="still running"):
        recycle.delete_permanently(root, files(live_run))
    assert (live_run / "meta.json").exists()


def test_emptying_the_bin_keeps_a_live_run_in_it(root, live_run, make_run):
    recycle.soft_delete(files(live_run))
    gone = make_run(OTHER)
    recycle.soft_delete(files(gone))
    outside = make_run("20250601_120002_a1b2c5")

    removal = recycle.empty_bin(root)

    assert removal.deleted == [OTHER]
    assert removal.kept == {RUN: "the run is still running"}
    assert live_run.exists() and outside.exists() and not gone.exists()


def test_a_run_folder_that_is_a_link_loses_the_link_alone(root, make_run, tmp_path):
    """Case 44."""
    make_run(RUN)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.txt").write_text("kept")
    link = root / "vision" / "base" / "runs" / OTHER
    link.symlink_to(outside, target_is_directory=True)

    assert recycle.delete_permanently(root, files(link)) == 0

    assert not link.is_symlink()
    assert (outside / "keep.txt").read_text() == "kept"


def test_links_inside_a_run_are_removed_not_followed(root, make_run, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.txt").write_text("kept")
    folder = make_run(RUN)
    (folder / "media").symlink_to(outside, target_is_directory=True)
    (folder / "one").symlink_to(outside / "keep.txt")

    recycle.delete_permanently(root, files(folder))

    assert (outside / "keep.txt").read_text() == "kept"


def test_a_run_reached_through_a_link_or_outside_of_the_root_is_refused(root, tmp_path):
    outside = tmp_path / "elsewhere" / "base" / "runs" / RUN
    outside.mkdir(parents=True)
    (root / "vision").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    for folder in (root / "vision" / "base" / "runs" / RUN, outside, root / ".." / "elsewhere"):
        with pytest.raises(InvalidInput):
            recycle.delete_permanently(root, files(folder))
    assert outside.exists()


def test_a_run_is_removed_once(root, make_run):
    run = files(make_run(RUN))
    recycle.delete_permanently(root, run)
    with pytest.raises(RunNotFound):
        recycle.delete_permanently(root, run)


def test_what_a_removal_cut_short_has_left_goes_with_the_next_emptying(root):
    left = root / TRASH / "20250601_120000_a1b2c3.0badf00d"
    left.mkdir(parents=True)
    (left / "events.jsonl").write_text("{}")
    recycle.empty_bin(root)
    assert not left.exists()


def test_a_trash_folder_that_is_a_link_is_not_used(root, make_run, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.txt").write_text("kept")
    (root / TRASH).parent.mkdir()
    (root / TRASH).symlink_to(outside, target_is_directory=True)
    folder = make_run(RUN)
    recycle.soft_delete(files(folder))

    assert recycle.empty_bin(root).deleted == [RUN]
    assert (outside / "keep.txt").read_text() == "kept"
    assert not folder.exists()


def test_the_marker_of_the_published_package_counts(published_root, published_ids):
    assert [run.run_id for run in recycle.list_deleted(published_root)] == [published_ids["gone"]]
