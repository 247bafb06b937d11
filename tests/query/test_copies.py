"""Parquet copies of large event files: as good as the file while it is what it was, and never in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import pytest

from runicorn.query import Reader, copies, scan, segments

ID = "20250601_120000_a1b2c3"


@pytest.fixture(autouse=True)
def every_file_is_large(monkeypatch):
    monkeypatch.setattr(segments, "COPY_FROM_BYTES", 1)
    monkeypatch.setattr(segments, "_SCAN_FROM_BYTES", 1)
    monkeypatch.setattr(copies, "_DELAY_S", 0.0)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def file(make_run, metrics):
    """A run with a metric that not every step has, values that are not finite, integers and a damaged line."""
    events = [metrics(step, loss=1 / step, epoch_number=step // 10) for step in range(1, 200)]
    events[50] = metrics(51, loss=float("nan"))
    events[60:62] = ["damaged\n", metrics(61, loss=float("-inf"), late=0.5, loss_e300=1e300)]
    folder = make_run(ID, status="running", meta={"pid": os.getpid()}, events=events)
    return folder / "events.jsonl"


def ask(root, cache):
    with Reader(root, cache) as reader:
        run = reader.runs.get(ID)
        curves = reader.metrics.series(run)
        for thread in threading.enumerate():
            if thread.name == "runicorn-copy":
                thread.join()
        return reader.metrics.by_step(run).to_json(), repr(curves), repr(reader.metrics.facts(run))


@pytest.fixture
def no_parsing(monkeypatch):
    """Call to forbid reading event files from their beginning."""

    def refuse(*_):
        raise AssertionError("the file was parsed")

    return lambda: monkeypatch.setattr(segments, "load_file", refuse)


def test_a_second_process_answers_the_same_without_parsing_the_file(root, cache, file, no_parsing):
    first = ask(root, cache)
    assert len(list((cache / "charts").iterdir())) == 1
    no_parsing()

    assert ask(root, cache) == first


def test_what_a_file_grew_by_is_read_from_the_file(root, cache, file, metrics, no_parsing):
    ask(root, cache)
    with file.open("a") as events:
        events.write(json.dumps(metrics(500, loss=9.0, new=1)) + "\ndamaged\n")
    no_parsing()

    copied = ask(root, cache)

    assert copied == ask_without_copies(root, cache)
    assert json.loads(copied[0])["rows"][-1]["new"] == 1


def ask_without_copies(root, cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "load_file", scan.load_file)
        return ask(root, cache / "other")


@pytest.mark.parametrize("change", ["rewritten", "replaced", "cut", "much longer"])
def test_a_copy_of_what_is_no_more_is_not_used(root, cache, file, change):
    ask(root, cache)
    data = file.read_bytes()
    if change == "rewritten":
        file.write_bytes(data.replace(b"0.5", b"0.7"))
    elif change == "replaced":
        other = file.with_name("other")
        other.write_bytes(data.replace(b"0.5", b"0.7"))
        details = file.stat()
        os.replace(other, file)
        os.utime(file, ns=(details.st_atime_ns, details.st_mtime_ns))
    elif change == "cut":
        file.write_bytes(data[: len(data) // 2])
    else:
        file.write_bytes(data.replace(b"0.5", b"0.7") + data)

    assert ask(root, cache) == ask_without_copies(root, cache)


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"PAR1" * 100], ids=["empty", "short", "garbage"])
def test_a_damaged_copy_is_as_none(root, cache, file, damage):
    first = ask(root, cache)
    [copy] = (cache / "charts").iterdir()
    copy.write_bytes(damage)

    assert ask(root, cache) == first
    assert copy.stat().st_size > 1000


def test_without_a_cache_folder_to_write_to_answers_are_the_same(root, cache, file, tmp_path):
    first = ask(root, cache)
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder")

    assert ask(root, blocked / "cache") == first


def test_a_metric_with_texts_is_read_from_the_file(root, cache, file, metrics):
    with file.open("a") as events:
        events.write(json.dumps(metrics(500, stage="done", best=True)) + "\n")

    first = ask(root, cache)

    assert not (cache / "charts").exists()
    assert ask(root, cache) == first


def test_a_reader_that_closes_at_once_leaves_no_copy_and_waits_for_none(root, cache, file, monkeypatch):
    monkeypatch.setattr(copies, "_DELAY_S", 60.0)

    with Reader(root, cache) as reader:
        reader.metrics.by_step(reader.runs.get(ID))

    assert not (cache / "charts").exists()


@pytest.mark.parametrize("delay", [0.0, 60.0])
def test_a_script_that_ends_meanwhile_ends_quietly_and_at_once(root, cache, file, delay):
    """DuckDB lists whatever of it is in use, in some eighty lines, when the interpreter ends."""
    script = f"""
from runicorn.query import Reader, copies, segments
segments.COPY_FROM_BYTES = segments._SCAN_FROM_BYTES = 1
copies._DELAY_S = {delay}
reader = Reader({str(root)!r}, __import__("pathlib").Path({str(cache)!r}))
print(len(reader.metrics.facts(reader.runs.get({ID!r}))))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr, done.returncode) == ("4\n", "", 0)
