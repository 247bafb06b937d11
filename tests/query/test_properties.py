"""Every answer about metrics, held against the plain Python reference over random event files."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runicorn.query import blocks, scan
from runicorn.query.merge import merge_steps
from runicorn.query.segments import SegmentCache
from runicorn.query.series import Range, read_series
from runicorn.query.table import EventTable
from runicorn.query.tables import table_by_step
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
        patch.setattr(blocks, "BLOCK_BYTES", block_bytes)
        scan.load_file(table, path, len(data), connection.cursor)

    expected = read_exactly(data)
    assert rows_of(table) == rows_of(expected)
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
