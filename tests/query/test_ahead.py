"""Long runs read behind the scenes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from runicorn.query import ahead

FOLDERS = (Path("a run"),)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything takes long."""
    monkeypatch.setattr(ahead, "LONG_BYTES", 1)


def test_what_is_in_memory_is_not_waited_for():
    assert ahead.ReadAhead().begin(FOLDERS, 0, pytest.fail) is None


def test_whoever_asks_meanwhile_gets_the_same_reading_and_it_is_done_once():
    may_end, calls = threading.Event(), []
    readings = ahead.ReadAhead()

    def read() -> None:
        calls.append(1)
        assert may_end.wait(10)

    first = readings.begin(FOLDERS, 5, read)
    assert readings.begin(FOLDERS, 5, read) is first
    assert (first.size, first.wait(0.01), first.ended) == (5, False, None)
    may_end.set()
    assert first.wait(10)
    assert (calls, first.seconds() == first.seconds()) == ([1], True)


def test_what_was_just_read_and_given_up_again_is_not_read_ahead_in_circles(monkeypatch):
    readings = ahead.ReadAhead()
    assert readings.begin(FOLDERS, 5, lambda: None).wait(10)
    assert readings.begin(FOLDERS, 5, pytest.fail) is None

    monkeypatch.setattr(ahead, "_TRIED_AGAIN_S", 0)
    assert readings.begin(FOLDERS, 5, lambda: None).wait(10)


def test_a_reading_that_fails_ends():
    assert ahead.ReadAhead().begin(FOLDERS, 5, lambda: 1 / 0).wait(10)


def test_unread_bytes_are_those_of_files_not_in_memory(reader, make_run, metrics):
    folder = make_run("one", events=[metrics(1, loss=0.5)])
    run = reader.runs.get("one")
    size = (folder / "events.jsonl").stat().st_size

    reading = reader.metrics.read_ahead([run])
    assert reading.size == size
    assert reading.wait(10)
    assert reader.metrics.read_ahead([run]) is None
    assert reader.metrics.facts(run)[0].last == 0.5
