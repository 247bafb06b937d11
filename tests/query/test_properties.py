"""Every answer about metrics, held against the plain Python reference over random event files."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runicorn.query import chunks, outline, scan, whole_lines
from runicorn.query.facts import metric_facts
from runicorn.query.merge import join_segments, merge_steps, select
from runicorn.query.merged import MergedRun
from runicorn.query.segments import Segment, SegmentCache
from runicorn.query.series import Range, axis_names, read_series
from runicorn.query.table import EventTable
from runicorn.query.tables import table_by_step, table_by_time
from tests.query import reference, strategies

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def path():
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "events.jsonl"


def read_exactly(data: bytes) -> EventTable:
    table = EventTable()
    table.append_lines(data[: data.rfind(b"\n") + 1])
    return table


def rows_of(table: EventTable):
    return table_by_step(merge_steps(table.snapshot()), None).rows()


@quick
@given(strategies.event_files())
def test_the_table_by_step_equals_the_reference(data):
    table = read_exactly(data)
    events, damaged = reference.read_events(data)

    answer = table_by_step(merge_steps(table.snapshot()), None)

    assert json.loads(answer.to_json()) == reference.table(events)
    assert answer.rows() == reference.table(events)["rows"]
    assert table.damaged == damaged


@quick
@given(strategies.mostly_clean_files(), st.integers(40, 2000))
def test_the_scan_of_a_whole_file_reads_what_reading_line_by_line_reads(connection, path, data, block_bytes):
    path.write_bytes(data)
    table = EventTable()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whole_lines, "BLOCK_BYTES", block_bytes)
        scan.load_file(table, path, len(data), connection.cursor)

    expected = read_exactly(data)
    assert rows_of(table) == rows_of(expected)
    assert everything_about(table.snapshot()) == everything_about(expected.snapshot())
    assert repr(table.snapshot().times.tolist()) == repr(expected.snapshot().times.tolist())
    assert table.damaged == expected.damaged


@quick
@given(strategies.event_files(), st.lists(st.integers(0, 3000), max_size=4))
def test_a_file_read_as_it_grows_ends_as_if_read_once(connection, path, data, cuts):
    cache = SegmentCache(connection.cursor)
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        start = 0
        for cut in [*sorted(cut for cut in cuts if cut < len(data)), len(data)]:
            file.write(data[start:cut])
            file.flush()
            start = cut
            segment = cache.read(path)

    expected = read_exactly(data)
    assert table_by_step(merge_steps(segment.events), None).rows() == rows_of(expected)
    assert segment.damaged == expected.damaged
    assert segment.torn_tail == (not data.endswith(b"\n") and bool(data))


@pytest.fixture
def small_pieces(monkeypatch):
    """A few values fill a piece of an array and a block of an outline."""
    monkeypatch.setattr(chunks, "CHUNK", 8)
    monkeypatch.setattr(outline, "CHUNK", 8)
    monkeypatch.setattr(outline, "BLOCK", 4)


def everything_about(events):
    merged = merge_steps(events)
    curves = [
        read_series(merged, ["loss", "acc"], x, Range(*range_))
        for x in ("step", "time", "relative", "acc", "epoch")
        for range_ in ((None, None, None), (None, None, 8), (2, 9, 8))
    ]
    tables = [table_by_step(select(merged, names, 1, None), 5).rows() for names in (None, ["loss"])]
    tables += [table_by_time(merged, rows).rows() for rows in (None, 5)]
    return repr((table_by_step(merged, None).rows(), tables, curves, metric_facts(merged)))


@quick
@given(st.one_of(strategies.event_files(), strategies.long_files()), st.lists(st.integers(0, 6000), max_size=6))
@pytest.mark.usefixtures("small_pieces")
def test_every_answer_about_a_growing_file_is_that_of_a_fresh_read(data, cuts):
    lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
    growing, start = EventTable(), 0
    for stop in [*sorted(cut % (len(lines) + 1) for cut in cuts), len(lines)]:
        part = b"".join(lines[start:stop])
        growing.append_lines(part if start else part.removeprefix(b"\xef\xbb\xbf"))
        start = stop
        assert everything_about(growing.snapshot()) == everything_about(read_exactly(b"".join(lines[:stop])).snapshot())


@settings(quick, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 2), strategies.stretches()), min_size=1, max_size=8))
@pytest.mark.usefixtures("small_pieces")
def test_every_answer_about_growing_files_of_one_run_is_that_of_a_fresh_read(stretches):
    """Files of several writers, restarted steps, clocks that disagree or go back."""
    run, growing, written = MergedRun(), {}, {}
    for file, lines in stretches:
        growing.setdefault(file, EventTable()).append_lines(lines)
        written[file] = written.get(file, b"") + lines
        tables = sorted(growing.items())
        segments = [Segment(table.snapshot(), 0, False, version=len(table), origin=place) for place, table in tables]
        fresh = join_segments([read_exactly(data).snapshot() for _, data in sorted(written.items())])

        assert everything_about(run.update(segments)) == everything_about(fresh)
        assert repr(run.update(segments).times[:].tolist()) == repr(merge_steps(fresh).times[:].tolist())


def test_whoever_looked_earlier_is_told_what_is_merged_by_now():
    run, early, late = MergedRun(), EventTable(), EventTable()
    for table, lines in ((early, (5, 3)), (late, (5, 3, 9))):
        table.append_lines(b"".join(strategies.line_of(strategies.logged(step)) for step in lines))
    of = {
        rows: [Segment(table.snapshot(), 0, False, version=rows, origin=1)] for rows, table in ((2, early), (3, late))
    }
    assert run.update(of[2]).steps[:].tolist() == [3, 5]
    assert run.update(of[3]).steps[:].tolist() == [3, 5, 9]
    assert run.update(of[2]).steps[:].tolist() == [3, 5, 9]


@quick
@given(
    st.lists(
        st.one_of(st.floats(-1e9, 1e9), st.sampled_from([math.nan, math.inf, -math.inf])), min_size=1, max_size=150
    ),
    st.integers(0, 150),
    st.integers(0, 150),
    st.integers(1, 12),
    st.integers(1, 150),
)
@pytest.mark.usefixtures("small_pieces")
def test_blocks_name_first_last_lowest_and_highest_of_a_partition(values, start, stop, buckets, grown_from):
    start, stop = sorted((start % (len(values) + 1), stop % (len(values) + 1)))
    array, sketch = np.array(values), outline.Outline()
    sketch.sum_up(array[:grown_from], 0, len(array[:grown_from]), 1)

    found = sketch.sum_up(array, start, stop, buckets)

    good = [place for place in range(start, stop) if math.isfinite(values[place])]
    assert len(found) <= buckets
    assert found.bad.sum() == stop - start - len(good)
    assert math.isclose(found.total.sum(), math.fsum(values[place] for place in good), abs_tol=1e-3)
    left = good
    for first, last, lowest, highest in zip(found.first, found.last, found.lowest, found.highest, strict=True):
        inside, left = [place for place in left if place <= last], [place for place in left if place > last]
        if inside:
            assert (inside[0], inside[-1]) == (first, last)
            assert lowest == min(inside, key=lambda place: values[place])
            assert highest == max(inside, key=lambda place: values[place])
    assert not left
    bad = [place for place in range(start, stop) if not math.isfinite(values[place])]
    assert sketch.bad_places(array, start, stop, 5).tolist() == bad[:5]
    assert sketch.gaps(array, start, stop).tolist() == [
        place for place in bad if place == start or math.isfinite(values[place - 1])
    ]
    assert outline.Outline().rises(array) == (all(map(math.isfinite, values)) and values == sorted(values))


@quick
@given(st.lists(st.lists(st.integers(-50, 50), max_size=20), max_size=12), st.lists(st.integers(-60, 60), max_size=8))
@pytest.mark.usefixtures("small_pieces")
def test_chunks_are_one_array(batches, wanted):
    grown = chunks.GrowArray(np.int64)
    for batch in batches:
        grown.extend(np.sort(np.array(batch, np.int64)))
    whole = np.array([value for batch in batches for value in sorted(batch)], np.int64)
    view = grown.view

    assert view[:].tolist() == whole.tolist()
    assert len(view) == len(whole)
    for start in wanted:
        for stop in wanted:
            assert view[start:stop].tolist() == whole[start:stop].tolist()
    places = [place for place in wanted if -len(whole) <= place < len(whole)]
    assert view[np.array(places, np.int64)].tolist() == whole[np.array(places, np.int64)].tolist()


@quick
@given(
    st.lists(st.integers(-50, 50), max_size=60),
    st.lists(st.integers(0, 60), max_size=8),
    st.lists(st.integers(-60, 60)),
)
@pytest.mark.usefixtures("small_pieces")
def test_places_in_ascending_chunks_are_found_as_in_one_array(values, cuts, wanted):
    whole = np.sort(np.array(values, np.int64))
    grown = chunks.GrowArray(np.int64)
    for part in np.split(whole, sorted(cuts)):
        grown.extend(part)

    for side in ("left", "right"):
        found = grown.view.searchsorted(np.array(wanted, np.int64), side)
        assert found.tolist() == whole.searchsorted(np.array(wanted, np.int64), side).tolist()
        assert all(grown.view.searchsorted(value, side) == whole.searchsorted(value, side) for value in wanted)


@quick
@given(strategies.event_files(), st.sampled_from(["loss", "acc", "Loss"]))
def test_a_curve_has_every_number_of_its_metric(data, name):
    events, _ = reference.read_events(data)
    expected = reference.points(events, name)

    [curve] = read_series(merge_steps(read_exactly(data).snapshot()), [name], "step", Range())

    assert curve.steps.tolist() == [step for step, _ in expected]
    shown = [None if math.isnan(value) else value for value in curve.values.tolist()]
    assert shown == [reference.finite(value) for _, value in expected]
    assert curve.total == len(expected)
    bad = [step for step, value in expected if not math.isfinite(value)]
    assert (curve.nonfinite.count, curve.nonfinite.steps) == (len(bad), bad)
    assert curve.nonfinite.first_step == (bad[0] if bad else None)


@quick
@given(st.one_of(strategies.event_files(), strategies.long_files()), st.sampled_from(["epoch", "acc"]), st.data())
def test_a_curve_over_the_epoch_or_a_metric_has_every_point_of_the_range(data, x, more):
    events, _ = reference.read_events(data)
    expected = reference.points_over(events, "loss", x)
    start, stop = (more.draw(st.none() | st.integers(-2, 12)) for _ in range(2))
    inside = [p for p in expected if (start is None or p[0] >= start) and (stop is None or p[0] <= stop)]

    merged = merge_steps(read_exactly(data).snapshot())
    [curve] = read_series(merged, ["loss"], x, Range(start, stop))

    assert curve.x.tolist() == [place for place, _, _ in inside]
    assert curve.steps.tolist() == [step for _, step, _ in inside]
    assert [reference.finite(value) for _, _, value in inside] == [None if v != v else v for v in curve.values.tolist()]
    drawn = [values["epoch"] for values in reference.merged(events, {"step"}).values() if "epoch" in values]
    assert ("epoch" in axis_names(merged)) == any(isinstance(value, (int, float)) for value in drawn)


@quick
@given(strategies.event_files(), st.integers(2, 30))
def test_a_thinned_table_has_exactly_the_rows_asked_for_out_of_the_whole_one(data, count):
    merged = merge_steps(read_exactly(data).snapshot())
    whole = table_by_step(merged, None).rows()

    thinned = table_by_step(merged, count)

    rows = thinned.rows()
    assert len(rows) == min(count, len(whole)) == thinned.sampled
    assert rows[:1] == whole[:1]
    assert rows[-1:] == whole[-1:]
    steps = [row["global_step"] for row in rows]
    assert steps == sorted(set(steps))
    assert all(row in whole for row in rows)
