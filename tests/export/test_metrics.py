from __future__ import annotations

import csv

import pytest

from runicorn.errors import NotFound
from runicorn.export.metrics import iter_csv
from runicorn.query import Reader


@pytest.fixture
def read_csv(root):
    """The rows of the CSV of a run, and its comment lines."""

    def read(run_id):
        with Reader(root) as reader:
            lines = list(iter_csv(reader.runs.get(run_id)))
        comments = [line for line in lines if line.startswith("#")]
        assert lines[: len(comments)] == comments
        return list(csv.reader(lines[len(comments) :])), comments

    return read


def test_one_row_per_event_in_file_order_with_known_columns_first(make_run, metrics, read_csv):
    events = [metrics(3, zeta=1, acc=0.5), metrics(1, zeta=float("nan"), stage="warm"), metrics(3, neg=-1.5)]
    make_run("one", events=events)

    rows, comments = read_csv("one")

    assert rows[0] == ["global_step", "time", "stage", "acc", "neg", "zeta"]
    assert rows[1:] == [
        ["3", "1748779203.0", "", "0.5", "", "1"],
        ["1", "1748779201.0", "warm", "", "", "nan"],
        ["3", "1748779203.0", "", "", "-1.5", ""],
    ]
    assert comments[1:] == ["# Project: vision\n", "# Experiment: base\n", "# Run ID: one\n", "#\n"]


def test_damaged_lines_and_other_events_are_left_out(make_run, metrics, read_csv):
    make_run(
        "one", events=["{half\n", metrics(1, loss=1), {"type": "image", "data": {"key": "x"}}, "\xff\n", '{"ts": 1']
    )

    assert read_csv("one")[0] == [["global_step", "time", "loss"], ["1", "1748779201.0", "1"]]


def test_hostile_names_are_no_formulas_and_no_second_line(make_run, metrics, read_csv):
    make_run("one", meta={"project": "x\n=1+1", "name": "\r@y"}, events=[metrics(1, **{"=cmd": "+1", "n": -1})])

    rows, comments = read_csv("one")

    assert rows == [["global_step", "time", "'=cmd", "n"], ["1", "1748779201.0", "'+1", "-1"]]
    assert comments[1:3] == ["# Project: x =1+1\n", "# Experiment: @y\n"]


def test_a_run_without_metrics_has_nothing_to_export(make_run, root):
    make_run("one", events=[{"type": "image", "data": {}}])

    with Reader(root) as reader, pytest.raises(NotFound, match="No metrics to export"):
        iter_csv(reader.runs.get("one"))
