"""Answers as pandas frames."""

import math

import pytest

from runicorn.api import utils

pytest.importorskip("pandas")


def _points(**values):
    return {name: [{"step": step, "value": value} for step, value in rows] for name, rows in values.items()}


def test_series_of_different_lengths_are_joined_on_step():
    frame = utils.metrics_to_dataframe({"metrics": _points(loss=[(3, 0.1), (1, 0.5)], acc=[(2, 0.9)])})

    assert list(frame.columns) == ["step", "loss", "acc"]
    assert frame["step"].tolist() == [1, 2, 3]
    assert frame["acc"].dropna().tolist() == [0.9]
    assert math.isnan(frame["loss"][1])


def test_no_metrics_make_an_empty_frame():
    assert utils.metrics_to_dataframe({"metrics": {}}).columns.tolist() == ["step"]


def test_times_of_runs_become_instants():
    frame = utils.experiments_to_dataframe([{"id": "a", "created_at": 0.0}, {"id": "b", "created_at": 1.5}])

    assert str(frame["created_at"][0]) == "1970-01-01 00:00:00+00:00"


def test_runs_are_compared_side_by_side():
    class Client:
        def get_metrics(self, run_id, names):
            return {"metrics": _points(loss=[(1, 0.5)]) if run_id == "a" else {}}

    frame = utils.compare_runs(Client(), ["a", "b"], "loss")

    assert list(frame.columns) == ["step", "a", "b"]
    assert frame["a"].tolist() == [0.5]
