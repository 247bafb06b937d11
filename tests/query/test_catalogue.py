"""The table of runs: fresh, whole, and never hidden by one broken run."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time

import pytest

from runicorn.errors import RunNotFound, StorageNotFound
from runicorn.query import Reader
from runicorn.query.catalogue import SNAPSHOT
from runicorn.storage import scan

ID = "20250601_120000_a1b2c3"
OTHER = "20250601_120001_a1b2c4"


def ids(reader: Reader, **choice) -> list[str]:
    reader.runs.refresh(now=True)
    return sorted(run.id for run in reader.runs.list_runs(**choice))


def age(folder, seconds: float = 3600) -> None:
    """Make a run look as if it had been at rest for a while."""
    then = time.time() - seconds
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (then, then))


def test_a_new_run_is_listed_and_one_that_is_gone_is_not(reader, make_run):
    first = make_run(ID)
    assert ids(reader) == [ID]

    make_run(OTHER)
    shutil.rmtree(first)

    assert ids(reader) == [OTHER]


def test_a_run_new_on_disk_shows_within_a_second_without_being_asked_for(reader, make_run):
    assert reader.runs.list_runs() == []
    make_run(ID)

    deadline = time.monotonic() + 1
    while not reader.runs.list_runs():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_getting_a_run_that_was_made_just_now_looks_again(reader, make_run):
    assert reader.runs.list_runs() == []
    make_run(ID)

    assert reader.runs.get(ID).id == ID


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("paths", ["below an open folder", "whole"])
def test_a_status_written_in_place_shows(root, make_run, open_reader, settled, paths, monkeypatch):
    if paths == "whole":
        monkeypatch.setattr(os, "supports_dir_fd", set())
    folder = make_run(ID)
    if settled:
        age(folder)
    reader = open_reader(root)
    assert reader.runs.get(ID).status == "finished"

    (folder / "status.json").write_text(json.dumps({"status": "interrupted"}))

    reader.runs.refresh(now=True)
    assert reader.runs.get(ID).status == "interrupted"


def test_a_document_replaced_in_a_settled_run_shows(root, make_run, open_reader):
    folder = make_run(ID)
    age(folder)
    reader = open_reader(root)
    assert reader.runs.get(ID).tags == ()

    (folder / "labels.tmp").write_text(json.dumps({"tags": ["good"]}))
    os.replace(folder / "labels.tmp", folder / "labels.json")

    reader.runs.refresh(now=True)
    assert reader.runs.get(ID).tags == ("good",)


def test_shared_labels_of_the_published_package_show_and_change(root, reader, make_run):
    make_run(ID)
    shared = root / ".experiments_metadata.json"
    shared.write_text(json.dumps({ID: {"tags": ["a"], "pinned": True}}))
    assert (reader.runs.get(ID).tags, reader.runs.get(ID).pinned) == (("a",), True)

    shared.write_text(json.dumps({ID: {"tags": ["b", "c"]}}))

    reader.runs.refresh(now=True)
    assert (reader.runs.get(ID).tags, reader.runs.get(ID).pinned) == (("b", "c"), False)


def test_documents_in_odd_encodings_are_read(root, reader, make_run):
    folder = make_run(ID)
    (folder / "config.json").write_bytes('{"a": "\u00e4"}'.encode("utf-8-sig"))
    (folder / "summary.json").write_bytes(b'{"b": "\\ud800", "c": Infinity}')

    run = reader.runs.get(ID)

    assert run.config == {"a": "\u00e4"}
    assert run.summary == {"b": "\ud800", "c": float("inf")}


def test_looking_ahead_spares_the_next_question_its_look(root, reader, make_run, monkeypatch):
    assert reader.runs.list_runs() == []
    make_run(ID)
    reader.runs.refresh_ahead()

    monkeypatch.setattr("runicorn.query.catalogue.FRESH_S", 3600)
    assert [run.id for run in reader.runs.list_runs()] == [ID]


def test_nobody_who_asks_is_looked_ahead_for(reader, make_run, monkeypatch):
    monkeypatch.setattr("runicorn.query.catalogue._WANTED_S", 0)
    monkeypatch.setattr("runicorn.query.catalogue.FRESH_S", 3600)
    assert reader.runs.list_runs() == []
    make_run(ID)
    reader.runs.refresh_ahead()

    assert reader.runs.list_runs() == []


def test_more_runs_than_are_looked_at_in_one_scan_take_turns(root, make_run, open_reader, monkeypatch):
    monkeypatch.setattr("runicorn.query.catalogue._GLANCED_AT_PER_SCAN", 2)
    monkeypatch.setattr("runicorn.query.catalogue._EXAMINED_PER_SCAN", 0)
    folders = [make_run(f"20250601_12000{number}_a1b2c3") for number in range(5)]
    for folder in folders:
        age(folder)
    reader = open_reader(root)
    assert len(reader.runs.list_runs()) == 5
    for folder in folders:
        (folder / "status.json").write_text(json.dumps({"status": "interrupted"}))

    shown = []
    monkeypatch.setattr("runicorn.query.catalogue.FRESH_S", 3600)
    for _ in range(3):
        reader.runs.refresh_ahead()
        shown.append(sum(run.status == "interrupted" for run in reader.runs.list_runs()))

    assert shown == [2, 4, 5]

    for folder in folders:
        (folder / "status.json").write_text(json.dumps({"status": "failed"}))
    reader.runs.refresh(now=True)
    assert {run.status for run in reader.runs.list_runs()} == {"failed"}


def test_soft_deleted_runs_are_listed_apart(reader, make_run):
    folder = make_run(ID)
    (folder / ".deleted").write_text(json.dumps({"deleted_at": 5.0, "reason": "user_deleted"}))
    make_run(OTHER)

    assert ids(reader) == [OTHER]
    assert ids(reader, deleted=True) == [ID]
    assert reader.runs.list_runs(deleted=True)[0].delete_reason == "user_deleted"
    with pytest.raises(RunNotFound):
        reader.runs.get(ID)


@pytest.mark.parametrize("file", ["meta.json", "status.json", "summary.json", "config.json", "labels.json"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"status": "fini', id="cut short"),
        pytest.param("null", id="null"),
        pytest.param("[1, 2]", id="a list"),
        pytest.param(
            '{"tags": 7, "status": [], "created_at": "x", "pid": "y", "best_metric_value": "z"}', id="wrong types"
        ),
        pytest.param('{"version": 999, "created_at": 1e999, "best_metric_value": NaN, "pid": 1.5}', id="odd numbers"),
        pytest.param('{"a": "' + "x" * 5_000_000 + '"}', id="5 MB"),
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_damaged_document_costs_only_itself(reader, make_run, file, text):
    """Case 12."""
    (make_run(ID) / file).write_text(text)
    make_run(OTHER)

    assert ids(reader) == [ID, OTHER]
    run = reader.runs.get(ID)
    assert isinstance(run.created_time, float)
    assert run.status == "finished"
    if not text.startswith('{"'):
        assert any(file in warning for warning in run.warnings) == (text != "null")


def test_a_run_whose_process_is_gone_is_reported_failed_and_nothing_is_written(root, reader, make_run):
    folder = make_run(ID, status="running", meta={"hostname": socket.gethostname(), "pid": 2**22 + 1})
    before = (folder / "status.json").read_bytes()

    run = reader.runs.get(ID)

    assert (run.status, run.stored_status, run.liveness) == ("failed", "running", "dead")
    assert (folder / "status.json").read_bytes() == before


def test_a_run_of_this_process_is_running_and_its_duration_grows(reader, make_run):
    make_run(ID, status={"status": "running", "started_at": time.time() - 5}, meta={"pid": os.getpid()})

    run = reader.runs.get(ID)

    assert (run.status, run.liveness) == ("running", "alive")
    assert 5 <= run.duration_s < 60


def test_a_run_of_another_host_stays_running_but_unknown(reader, make_run):
    make_run(ID, status="running", meta={"hostname": "elsewhere.example"})

    run = reader.runs.get(ID)

    assert (run.status, run.liveness) == ("running", "unknown")


def test_a_duration_is_never_negative(reader, make_run):
    """Case 33: the clock went back while the run was on."""
    make_run(ID, status={"status": "finished", "started_at": 2000.0, "ended_at": 1000.0})

    assert reader.runs.get(ID).duration_s == 0


def test_what_the_writer_lost_is_a_warning(reader, make_run):
    make_run(ID, status={"status": "finished", "dropped_events": 3})

    assert any("3 events" in warning for warning in reader.runs.get(ID).warnings)


def test_a_link_in_place_of_a_run_folder_is_passed_over(root, reader, make_run, tmp_path):
    """Case 41."""
    make_run(ID)
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "vision" / "base" / "runs" / OTHER).symlink_to(outside, target_is_directory=True)

    assert ids(reader) == [ID]


def test_a_root_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(StorageNotFound):
        Reader(tmp_path / "nowhere")


class TestSnapshot:
    def snapshot(self, root, open_reader, make_run, **run):
        folder = make_run(ID, **run)
        age(folder)
        reader = open_reader(root)
        records = reader.runs.list_runs()
        reader.close()
        return folder, reader.cache_dir / SNAPSHOT, records

    def test_a_new_process_gives_the_same_records_from_it(self, root, open_reader, make_run, monkeypatch):
        _, path, records = self.snapshot(root, open_reader, make_run, config={"lr": 0.1}, summary={"acc": 1})
        assert path.is_file()
        monkeypatch.setattr("runicorn.query.catalogue.read_run", None)

        assert open_reader(root).runs.list_runs() == records

    @pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 99, "runs": {}}', None])
    def test_a_damaged_or_missing_one_costs_nothing_but_reading_again(self, root, open_reader, make_run, damage):
        """Case 14."""
        _, path, records = self.snapshot(root, open_reader, make_run)
        if damage is None:
            path.unlink()
        else:
            path.write_bytes(damage)

        assert open_reader(root).runs.list_runs() == records

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda columns: columns[:-1], id="a column too few"),
            pytest.param(lambda columns: [*columns[:-1], []], id="a column cut short"),
            pytest.param(lambda columns: [[[7]], *columns[1:]], id="no folder"),
            pytest.param(lambda columns: [column * 0 for column in columns], id="no runs"),
            pytest.param(lambda columns: [columns[0], ["x"], *columns[2:]], id="no time"),
            pytest.param(lambda columns: 7, id="no columns"),
        ],
    )
    def test_damaged_columns_are_read_again(self, root, open_reader, make_run, damage):
        _, path, records = self.snapshot(root, open_reader, make_run)
        document = json.loads(path.read_text())
        document["columns"] = damage(document["columns"])
        path.write_text(json.dumps(document))

        assert open_reader(root).runs.list_runs() == records

    @pytest.mark.parametrize("folders", [7, [7], [["x", [1], []]], {"a": 1}, None])
    def test_damaged_listings_are_made_again(self, root, open_reader, make_run, folders):
        _, path, records = self.snapshot(root, open_reader, make_run)
        document = json.loads(path.read_text())
        document["folders"] = folders
        path.write_text(json.dumps(document))

        assert open_reader(root).runs.list_runs() == records

    def test_folders_that_did_not_change_are_not_listed_again_by_a_new_process(
        self, root, open_reader, make_run, monkeypatch
    ):
        monkeypatch.setattr("runicorn.storage.scan._RACE_NS", 0)
        make_run(ID, name="one")
        make_run(OTHER, name="two")
        reader = open_reader(root)
        records = reader.runs.list_runs()
        reader.close()
        third = make_run("20250601_120000_cccccc", name="two").parent
        listed = []
        list_ = scan._subfolders
        monkeypatch.setattr(scan, "_subfolders", lambda folder: listed.append(folder) or list_(folder))

        runs = open_reader(root).runs.list_runs()

        assert (len(records), len(runs), listed) == (2, 3, [str(third)])

    def test_a_stale_one_does_not_hide_changes(self, root, open_reader, make_run):
        folder, _, _ = self.snapshot(root, open_reader, make_run)
        (folder / "status.json").write_text(json.dumps({"status": "failed"}))
        make_run(OTHER)

        runs = open_reader(root).runs

        assert {run.id: run.status for run in runs.list_runs()} == {ID: "failed", OTHER: "finished"}

    def test_a_summary_with_nan_survives(self, root, open_reader, make_run, monkeypatch):
        _, _, _ = self.snapshot(root, open_reader, make_run, summary={"loss": float("nan"), "n": 2**70})
        monkeypatch.setattr("runicorn.query.catalogue.read_run", None)

        run = open_reader(root).runs.get(ID)

        assert repr(run.summary["loss"]) == "nan"
        assert run.summary["n"] == 2**70

    def test_shared_labels_that_changed_meanwhile_show(self, root, open_reader, make_run):
        self.snapshot(root, open_reader, make_run)
        (root / ".experiments_metadata.json").write_text(json.dumps({ID: {"tags": ["new"]}}))

        assert open_reader(root).runs.get(ID).tags == ("new",)

    def test_a_cache_folder_that_cannot_be_written_is_done_without(self, root, make_run, tmp_path):
        make_run(ID)
        (tmp_path / "file").write_text("")

        with Reader(root, tmp_path / "file" / "cache") as reader:
            assert [run.id for run in reader.runs.list_runs()] == [ID]
