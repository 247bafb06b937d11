"""Runs are found in contract order, and one that is broken costs only itself."""

import os
from pathlib import Path

import pytest

from runicorn.errors import StorageDenied, StorageNotFound
from runicorn.storage import runs
from runicorn.storage.layout import RunFiles


def _only(root: Path) -> runs.StoredRun:
    (found,) = runs.iter_run_folders(root)
    return runs.read_run(found)


def test_both_layouts_are_found_and_nothing_else(published_root, published_ids):
    found = [run.run_id for run in runs.iter_run_folders(published_root)]

    assert set(found) == set(published_ids.values())
    assert len(found) == len(set(found))
    assert found[-2:] == sorted([published_ids["legacy"], published_ids["legacy_bare"]])


def test_documents_of_a_run_are_read(make_run, root):
    make_run(summary={"acc": 0.5}, config={"lr": 0.1})

    run = _only(root)

    assert (run.meta["project"], run.status["status"]) == ("vision", "finished")
    assert (run.summary, run.config) == ({"acc": 0.5}, {"lr": 0.1})
    assert run.deleted is None
    assert run.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"name": ', id="cut short"),
        pytest.param("[1, 2]", id="not an object"),
        pytest.param("7", id="a number"),
    ],
)
def test_a_damaged_document_becomes_a_warning_of_its_run(make_run, root, text):
    (make_run() / "summary.json").write_text(text)

    run = _only(root)

    assert run.summary == {}
    assert run.meta["project"] == "vision"
    assert len(run.warnings) == 1
    assert run.warnings[0].startswith("summary.json was left out")


@pytest.mark.parametrize("marker", ["", "{}", "[]", '{"deleted_at": 1.0}', "garbage"])
def test_the_presence_of_the_marker_alone_means_deleted(make_run, root, marker):
    (make_run() / ".deleted").write_text(marker)

    assert _only(root).deleted is not None


def test_links_are_never_followed(make_run, root, tmp_path):
    """Case 41."""
    real = make_run("20250601_120000_a1b2c3")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "meta.json").write_text('{"project": "stolen"}')
    (real.parent / "linked").symlink_to(outside)
    (root / "linked project").symlink_to(root / "vision")
    (real / "summary.json").symlink_to(outside / "meta.json")

    run = _only(root)

    assert run.files.run_id == "20250601_120000_a1b2c3"
    assert run.summary == {}
    assert run.warnings


def test_a_run_that_vanished_says_so(root):
    with pytest.raises(FileNotFoundError):
        runs.read_run(RunFiles(str(root / "gone")))


def test_event_segments_come_with_the_main_file_first(make_run):
    folder = make_run(events=[{"ts": 1}])
    for name in ("events.box-7.jsonl", "events.box-12.jsonl", "eventsX.jsonl", "events.jsonl.lock"):
        (folder / name).write_text("")
    os.symlink("/etc/passwd", folder / "events.evil.jsonl")

    names = [path.name for path in runs.event_files(RunFiles(str(folder)))]

    assert names == ["events.jsonl", "events.box-12.jsonl", "events.box-7.jsonl"]


def test_a_root_that_is_not_there_or_no_folder_is_named_in_the_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageNotFound, match="nowhere"):
        runs.check_root(tmp_path / "nowhere")
    with pytest.raises(StorageDenied, match="file"):
        runs.check_root(tmp_path / "file")
