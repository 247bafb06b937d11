"""Runs taken together, compared with the statistics module."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from runicorn.errors import QueryError
from runicorn.query.bands import read_bands

SEEDS = {
    "s1": [1.0, 2.0, 3.0],
    "s2": [2.0, 4.0, math.nan],
    "s3": [3.0, 9.0],
}


@pytest.fixture
def runs(make_run, metrics, reader):
    for number, (run_id, values) in enumerate(SEEDS.items()):
        events = [metrics(step, loss=value) for step, value in enumerate(values, 1)]
        make_run(run_id, events=events, config={"seed": number, "optimizer": {"name": "adam" if number else "sgd"}})
    make_run("other", events=[metrics(1, acc=1.0)], config={"optimizer": {"name": "sgd"}})
    return reader.runs.list_runs()


def test_a_band_has_the_statistics_of_its_runs_at_every_step(reader, runs):
    [band] = read_bands(reader.metrics, runs, "loss")

    assert sorted(band.run_ids) == ["s1", "s2", "s3"]
    assert band.x.tolist() == [1, 2, 3]
    columns = [[1.0, 2.0, 3.0], [2.0, 4.0, 9.0], [3.0]]
    assert band.count.tolist() == [3, 3, 1]
    assert band.mean.tolist() == [statistics.fmean(column) for column in columns]
    assert band.min.tolist() == [min(column) for column in columns]
    assert band.max.tolist() == [max(column) for column in columns]
    np.testing.assert_allclose(band.std[:2], [statistics.stdev(column) for column in columns[:2]])
    np.testing.assert_allclose(band.stderr[:2], band.std[:2] / math.sqrt(3))
    assert math.isnan(band.std[2])


def test_groups_by_a_nested_key_do_not_change_one_another(reader, runs):
    both = read_bands(reader.metrics, runs, "loss", group_by="config.optimizer.name")
    alone = read_bands(
        reader.metrics, [run for run in runs if run.id != "s1"], "loss", group_by="config.optimizer.name"
    )

    assert [(band.group, sorted(band.run_ids)) for band in both] == [("adam", ["s2", "s3"]), ("sgd", ["s1"])]
    assert both[0].mean.tolist() == alone[0].mean.tolist()


def test_many_steps_are_taken_together_at_steps_that_were_logged(reader, make_run, metrics):
    for seed in range(3):
        events = [metrics(step * 2, loss=float(step + seed)) for step in range(1000)]
        make_run(f"long{seed}", events=events)

    [band] = read_bands(reader.metrics, reader.runs.list_runs(), "loss", max_points=100)

    assert len(band.x) == 100
    assert set(band.x.tolist()) <= {step * 2.0 for step in range(1000)}
    np.testing.assert_allclose(band.mean, [place * 10 + 4.5 + 1 for place in range(100)])
    np.testing.assert_allclose(band.max - band.min, 2)


def test_a_range_of_another_x(reader, runs):
    [band] = read_bands(reader.metrics, runs, "loss", x="relative", start=1.0, stop=1.0)

    assert (band.x.tolist(), band.mean.tolist()) == ([1.0], [5.0])


def test_an_unknown_field_is_an_error(reader, runs):
    with pytest.raises(QueryError):
        read_bands(reader.metrics, runs, "loss", group_by="bogus")
