"""What the event files of runs look like from outside."""

from __future__ import annotations

import json
import os

import pytest

from runicorn.query.marks import Marks, is_mark


@pytest.fixture
def marked(make_run, metrics, reader):
    """A run with one event file, its folder, and its mark as an earlier process has kept it."""
    folder = make_run("one", events=[metrics(1, loss=0.5)])
    run = reader.runs.get("one")
    return run, folder, json.loads(json.dumps(Marks().of(run)))


def test_a_folder_that_is_as_it_was_is_not_listed_again(marked, monkeypatch):
    run, _, known = marked
    monkeypatch.setattr(os, "scandir", None)

    assert Marks().of(run, known) == known


def test_an_event_file_that_grew_in_place_has_another_mark(marked, metrics):
    run, folder, known = marked
    with (folder / "events.jsonl").open("a") as file:
        file.write(json.dumps(metrics(2, loss=0.1)) + "\n")

    assert Marks().of(run, known)[1] != known[1]


@pytest.mark.parametrize("change", ["another file", "gone"])
def test_event_files_that_come_or_go_are_seen(marked, metrics, change):
    run, folder, known = marked
    if change == "gone":
        (folder / "events.jsonl").unlink()
    else:
        (folder / "events.1.jsonl").write_text(json.dumps(metrics(2, loss=0.1)) + "\n")

    assert len(Marks().of(run, known)[1]) == (0 if change == "gone" else 2)


def test_other_files_change_nothing_about_the_event_files(marked):
    run, folder, known = marked
    (folder / "labels.json").write_text("{}")
    os.utime(folder, ns=(0, known[0] + 1))

    assert Marks().of(run, known)[1] == known[1]


def test_a_run_that_is_gone_has_no_event_files(marked, tmp_path):
    run, folder, known = marked
    folder.rename(tmp_path / "elsewhere")

    assert Marks().of(run, known)[1] == []


@pytest.mark.parametrize(
    "value", [None, 7, [], [1], [1, 2], [1, [2]], [1, [[]]], [1, [["x", 1, 2]]], [1, [[1, 2, 3, 4]]], {}], ids=str
)
def test_what_has_not_the_shape_of_a_mark_is_none(value, marked):
    assert not is_mark(value)
    assert is_mark(marked[2])
