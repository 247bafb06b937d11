"""Curves at any zoom: nothing people look for is lost, and what is left out is counted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runicorn.query.columns import Column
from runicorn.query.series import Range, read_series
from runicorn.query.table import Events

ID = "20250601_120000_a1b2c3"


def one_curve(values, *, steps=None, times=None) -> Events:
    values = np.array(values, np.float64)
    count = len(values)
    steps = np.arange(count) if steps is None else np.array(steps)
    times = steps.astype(float) if times is None else np.array(times, float)
    return Events(steps, times, {"loss": Column(None, values, None, [], False)})


def read(events: Events, *, x="step", **range_):
    return read_series(events, ["loss"], x, Range(**range_))[0]


finite = st.floats(-1e9, 1e9)
any_float = st.one_of(finite, st.sampled_from([math.nan, math.inf, -math.inf]))


@settings(deadline=None)
@given(st.lists(any_float, max_size=400), st.integers(8, 100), st.integers(-10, 410), st.integers(-10, 410))
def test_a_thinned_curve_keeps_its_ends_and_extremes_in_any_range(values, max_points, start, stop):
    inside = [(step, value) for step, value in enumerate(values) if start <= step <= stop]

    curve = read(one_curve(values), start=start, stop=stop, max_points=max_points)

    assert curve.total == len(inside)
    assert len(curve.values) <= max_points or len(inside) <= max_points
    points = list(zip(curve.steps.tolist(), curve.values.tolist(), strict=True))
    good = [(step, value) for step, value in inside if math.isfinite(value)]
    assert all((step, value) in good for step, value in points if not math.isnan(value))
    if good:
        kept = [value for _, value in points if not math.isnan(value)]
        assert {good[0][0], good[-1][0]} <= set(curve.steps.tolist())
        assert (min(kept), max(kept)) == (min(v for _, v in good), max(v for _, v in good))
    bad = [step for step, value in inside if not math.isfinite(value)]
    assert curve.nonfinite.steps == bad
    assert curve.nonfinite.count == sum(not math.isfinite(value) for value in values)


@settings(deadline=None)
@given(st.lists(any_float, min_size=1, max_size=900), st.integers(8, 100), st.integers(-50, 5), st.booleans())
def test_on_a_logarithmic_axis_every_power_of_ten_keeps_its_extremes(values, max_points, first, backwards):
    """On an axis that rises as on one that does not."""
    steps = np.arange(first, first + len(values))
    events = one_curve(values, steps=steps, times=-steps[::-1] if backwards else None)
    x = "time" if backwards else "step"
    whole, curve = read(events, x=x), read(events, x=x, log=True)
    thinned = read(events, x=x, log=True, max_points=max_points)

    above = whole.x > 0
    assert curve.x.tolist() == whole.x[above].tolist()
    assert np.array_equal(curve.values, whole.values[above], equal_nan=True)
    assert thinned.total == curve.total == len(values)
    assert len(thinned.x) <= max_points
    assert np.all(np.diff(thinned.x) >= 0)
    shown = set(zip(thinned.x.tolist(), np.nan_to_num(thinned.values).tolist(), strict=True))
    assert shown <= set(zip(curve.x.tolist(), np.nan_to_num(curve.values).tolist(), strict=True))
    good = curve.values[np.isfinite(curve.values)]
    if len(good):
        assert {good.min(), good.max()} <= set(thinned.values.tolist())


def test_on_a_logarithmic_axis_a_long_run_shows_its_first_steps():
    thinned = read(one_curve(np.sin(np.arange(1_000_000) / 7)), log=True, max_points=600)
    assert thinned.steps[:9].tolist() == list(range(1, 10))
    counts = np.histogram(thinned.steps, 10 ** np.arange(7))[0]
    assert counts[2:].min() > 70
    assert len(thinned.steps) <= 600


@settings(deadline=None)
@given(st.lists(finite, min_size=100, max_size=400), st.integers(0, 399), st.integers(20, 90))
def test_a_spike_of_one_step_survives(values, place, max_points):
    values[place % len(values)] = 1e12

    curve = read(one_curve(values), max_points=max_points)

    assert curve.values.max() == 1e12


def test_no_line_is_drawn_across_a_gap():
    values = [float(number) for number in range(1000)]
    values[500] = math.nan

    curve = read(one_curve(values), max_points=40)

    assert 500 in curve.steps.tolist()
    assert math.isnan(curve.values[curve.steps.tolist().index(500)])


def test_kinds_of_what_is_not_finite_are_told():
    curve = read(one_curve([1, math.nan, math.inf, -math.inf]))

    assert curve.nonfinite.kinds == ["nan", "inf", "-inf"]
    assert curve.nonfinite.first_step == 1
    assert [math.isnan(value) for value in curve.values] == [False, True, True, True]


def test_over_time_the_points_are_in_the_order_of_time():
    """Case 33: the clock was set back; no point is lost."""
    events = one_curve([1, 2, 3, 4], times=[10, 20, 5, 15])

    curve = read(events, x="time")
    relative = read(events, x="relative")

    assert curve.x.tolist() == [5, 10, 15, 20]
    assert curve.steps.tolist() == [2, 0, 3, 1]
    assert relative.x.tolist() == [0, 5, 10, 15]


def test_over_another_metric_points_without_one_are_left_out(reader, make_run, metrics):
    make_run(ID, events=[metrics(1, loss=3.0, snr=20.0), metrics(2, loss=2.0), metrics(3, loss=1.0, snr=10.0)])

    [curve] = reader.metrics.series(reader.runs.get(ID), ["loss"], x="snr").series

    assert (curve.x.tolist(), curve.values.tolist(), curve.steps.tolist()) == ([10.0, 20.0], [1.0, 3.0], [3, 1])


def test_a_name_that_was_never_logged_gives_an_empty_curve(reader, make_run, metrics):
    make_run(ID, events=[metrics(1, loss=3.0)])

    [curve] = reader.metrics.series(reader.runs.get(ID), ["nothing"]).series

    assert (curve.name, len(curve.steps), curve.total) == ("nothing", 0, 0)


def test_all_numeric_metrics_come_when_none_is_named(reader, make_run, metrics):
    make_run(ID, events=[metrics(1, loss=3.0, phase="a"), metrics(2, acc=0.5, flag=True)])

    answer = reader.metrics.series(reader.runs.get(ID))

    assert [curve.name for curve in answer.series] == ["acc", "flag", "loss"]
    assert (answer.x, answer.total_steps) == ("step", 2)


def test_a_run_without_events_has_no_curves(reader, make_run):
    make_run(ID)

    answer = reader.metrics.series(reader.runs.get(ID))

    assert (answer.series, answer.total_steps, answer.damage.lines) == ([], 0, 0)


def test_restarted_steps_keep_the_later_values(reader, make_run, metrics):
    """Case 35: 1, 2, 3 and again 2, 3, 4; all six stay in the view `events`."""
    steps = [1, 2, 3, 2, 3, 4]
    make_run(ID, events=[metrics(step, ts=100.0 + n, loss=float(n)) for n, step in enumerate(steps)])
    run = reader.runs.get(ID)

    [curve] = reader.metrics.series(run).series

    assert (curve.steps.tolist(), curve.values.tolist()) == ([1, 2, 3, 4], [0.0, 3.0, 4.0, 5.0])
    assert reader.sql("SELECT count(*) FROM events WHERE type = 'metrics'").fetchall() == [(6,)]


@pytest.mark.parametrize("value", [2**53 + 1, 2**63, 2**200, -0.0, 1e-320, True])
def test_odd_numbers_come_back_as_they_were_logged(reader, make_run, metrics, value):
    """Case 28."""
    make_run(ID, events=[metrics(1, n=value)])

    [row] = reader.metrics.by_step(reader.runs.get(ID)).rows()

    assert (repr(row["n"]), type(row["n"])) == (repr(value), type(value))


@pytest.mark.parametrize(
    "name",
    ["a/b/c", "MAP@k", "n:estimators", 'loss "x"', "';--", "😀", "x" * 300, "", "__proto__", "constructor", "a\\b"],
)
def test_any_name_is_a_column_a_curve_and_a_row_of_the_view(reader, make_run, metrics, name):
    """Case 29."""
    make_run(ID, events=[metrics(1, **{name: 0.5})])
    run = reader.runs.get(ID)

    assert reader.metrics.by_step(run).rows()[0][name] == 0.5
    assert reader.metrics.series(run, [name]).series[0].values.tolist() == [0.5]
    assert reader.sql("SELECT value FROM metrics WHERE metric = ?", [name]).fetchall() == [(0.5,)]


def test_names_that_differ_in_case_or_in_normal_form_stay_apart(reader, make_run, metrics):
    """Case 30."""
    values = {"loss": 1.0, "Loss": 2.0, "caf\u00e9": 3.0, "cafe\u0301": 4.0}
    make_run(ID, events=[metrics(1, **values)])

    [row] = reader.metrics.by_step(reader.runs.get(ID)).rows()

    assert {name: row[name] for name in values} == values


def test_a_metric_that_changes_its_type_keeps_its_numbers(reader, make_run, metrics):
    """Case 31."""
    make_run(
        ID, events=[metrics(1, loss=0.5), metrics(2, loss="bad"), metrics(3, loss={"x": 1}), metrics(4, loss=0.25)]
    )
    run = reader.runs.get(ID)

    [curve] = reader.metrics.series(run).series
    [facts] = reader.metrics.facts(run)

    assert (curve.steps.tolist(), curve.values.tolist()) == ([1, 4], [0.5, 0.25])
    assert (facts.kind, facts.min, facts.max, facts.last) == ("number", 0.25, 0.5, 0.25)


def test_large_negative_and_missing_steps(reader, make_run, metrics):
    """Case 32: steps of 64 bits are exact, beyond them an event has no step."""
    big = 2**53 + 1
    make_run(
        ID, events=[metrics(big, a=1), metrics(-5, a=2), metrics(2**63, a=3), '{"type": "metrics", "data": {"a": 4}}\n']
    )

    assert [row["global_step"] for row in reader.metrics.by_step(reader.runs.get(ID)).rows()] == [-5, big]


def test_facts_are_those_of_the_curve(reader, make_run, metrics):
    values = [3.0, math.nan, 1.0, 2.0]
    make_run(ID, events=[metrics(step, loss=value) for step, value in enumerate(values, 1)])

    [facts] = reader.metrics.facts(reader.runs.get(ID))

    assert (facts.min, facts.min_step, facts.max, facts.max_step) == (1.0, 3, 3.0, 1)
    assert (facts.mean, facts.last, facts.count) == (2.0, 2.0, 4)
    assert (facts.nonfinite_count, facts.first_nonfinite_step) == (1, 2)
