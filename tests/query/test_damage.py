"""A torn, damaged or foreign line costs at most itself. Cases 3, 4, 7 to 11 and 22.

CORPUS is to be read again after every upgrade of DuckDB: each file is also read by the scan for large files.
"""

from __future__ import annotations

import json
import os
import random
import time

import duckdb
import pytest

from runicorn.query import scan
from runicorn.query.merge import merge_steps
from runicorn.query.scan import load_file
from runicorn.query.table import EventTable
from runicorn.query.tables import table_by_step

ID = "20250601_120000_a1b2c3"


def line(step: int, **values) -> bytes:
    data = {**(values or {"loss": 1 / step}), "global_step": step, "time": 100.0 + step}
    return json.dumps({"ts": 100.0 + step, "type": "metrics", "data": data}).encode() + b"\n"


def steps(*numbers: int) -> bytes:
    return b"".join(line(number) for number in numbers)


CORPUS = {
    "empty": (b"", [], 0),
    "only a torn line": (b'{"ts": 1', [], 0),
    "torn tail": (steps(1, 2) + b'{"ts": 3, "type": "metr', [1, 2], 0),
    "whole last line without its break": (steps(1, 2) + line(3)[:-1], [1, 2], 0),
    "torn line with the next glued on": (steps(1) + line(2)[:30] + steps(3, 4), [1, 4], 1),
    "NUL hole": (steps(1) + b"\0" * 64 + b"\n" + steps(2), [1, 2], 1),
    "NUL hole before a line": (steps(1) + b"\0" * 64 + steps(2, 3), [1, 3], 1),
    "invalid UTF-8": (steps(1) + b"\xff\xfe\n" + steps(2), [1, 2], 1),
    "invalid UTF-8 in a key": (steps(1) + line(2).replace(b"loss", b"l\xffss") + steps(3), [1, 3], 1),
    "lone surrogate": (steps(1) + line(2).replace(b"loss", b"\\ud800") + steps(3), [1, 3], 1),
    "no objects": (steps(1) + b"[1, 2]\n5\nnull\ntrue\n\"x\"\n" + steps(2), [1, 2], 5),
    "two objects on a line": (steps(1) + line(2)[:-1] + b" " + line(3) + steps(4), [1, 4], 1),
    "trailing text": (steps(1) + line(2)[:-1] + b"TRAILER\n" + steps(3), [1, 3], 1),
    "trailing comma": (steps(1) + line(2).replace(b"}}", b",}}") + steps(3), [1, 3], 1),
    "comment": (steps(1) + line(2).replace(b"}}", b"/* x */}}") + steps(3), [1, 3], 1),
    "odd spaces": (steps(1) + line(2).replace(b" 0.5", b"\x0b0.5") + line(3).replace(b" ", b"\xc2\xa0"), [1], 2),
    "comma in a key": (steps(1) + line(2, **{"a,b:c": 1.0}) + steps(3), [1, 2, 3], 0),
    "single quotes": (steps(1) + line(2).replace(b'"', b"'") + steps(3), [1, 3], 1),
    "deep nesting": (steps(1) + b"[" * 20_000 + b"]" * 20_000 + b"\n" + steps(2), [1, 2], 1),
    "byte order mark": (b"\xef\xbb\xbf" + steps(1, 2), [1, 2], 0),
    "CRLF": (steps(1, 2, 3).replace(b"\n", b"\r\n"), [1, 2, 3], 0),
    "blank lines": (b"\n\n" + steps(1) + b"  \n\t\n" + steps(2) + b"\n", [1, 2], 0),
    "long line": (steps(1) + line(2, loss=1.0, text="x" * 3_000_000) + steps(3), [1, 2, 3], 0),
    "random bytes": (random.Random(1).randbytes(100_000).replace(b"\n", b"") + b"\n" + steps(1), [1], 1),
    "metrics without data": (steps(1) + b'{"ts": 2, "type": "metrics"}\n' + steps(3), [1, 3], 0),
    "compensating keys": (
        steps(1) + b'{"ts": 2, "type": "metrics"}\n' + line(3, loss=1.0, other=2.0) + steps(4), [1, 3, 4], 0,
    ),
    "compensating quotes": (
        steps(1) + b'{"ts": 2, "type": 5, "data": {"loss": 1, "global_step": 2}}\n' + line(3, loss="7"), [1, 3], 0,
    ),
}  # fmt: skip


def read(data: bytes) -> EventTable:
    table = EventTable()
    table.append_lines(data[: data.rfind(b"\n") + 1])
    return table


def rows(table: EventTable):
    return table_by_step(merge_steps(table.snapshot()), None).rows()


@pytest.mark.parametrize("name", CORPUS)
def test_a_damaged_file_gives_its_whole_lines_and_a_count(make_run, reader, name):
    data, expected, damaged = CORPUS[name]
    folder = make_run(ID, status="running", meta={"pid": os.getpid()})
    (folder / "events.jsonl").write_bytes(data)
    run = reader.runs.get(ID)

    assert [row["global_step"] for row in reader.metrics.by_step(run).rows()] == expected
    assert reader.metrics.damage(run).lines == damaged


@pytest.mark.parametrize("name", CORPUS)
def test_the_scan_reads_damaged_files_the_same(tmp_path, name):
    data = CORPUS[name][0]
    path = tmp_path / "events.jsonl"
    path.write_bytes(steps(*range(1000, 1200)) + data)
    stop = path.read_bytes().rfind(b"\n") + 1
    table = EventTable()
    with duckdb.connect() as connection:
        load_file(table, path, stop, connection.cursor)

    expected = read(path.read_bytes())
    assert rows(table) == rows(expected)
    assert table.damaged == expected.damaged


def test_every_prefix_gives_exactly_its_whole_lines_and_grows_on(make_run, reader):
    """Case 3: cut at every byte, read, append one event as a resumed writer does, read again."""
    data = line(1) + line(2, note="ünïcode 准确率", loss=0.5) + line(3)
    file = make_run(ID, status="running", meta={"pid": os.getpid()}) / "events.jsonl"
    run = reader.runs.get(ID)
    for cut in range(len(data) + 1):
        file.write_bytes(data[:cut])
        whole = data[:cut].count(b"\n")
        assert [row["global_step"] for row in reader.metrics.by_step(run).rows()] == [1, 2, 3][:whole]
        assert reader.metrics.damage(run).lines == 0

        torn = bool(cut) and data[cut - 1 : cut] != b"\n"
        file.write_bytes(data[:cut] + (b"\n" if torn else b"") + line(9))
        completed = torn and data[cut : cut + 1] == b"\n"
        assert [row["global_step"] for row in reader.metrics.by_step(run).rows()][-1] == 9
        assert reader.metrics.damage(run).lines == (torn and not completed)


@pytest.mark.parametrize(("status", "lines"), [("running", 0), ("finished", 1)])
def test_an_unfinished_last_line_is_damage_only_once_nobody_writes(make_run, reader, status, lines):
    """Cases 4 and 7."""
    make_run(ID, status=status, meta={"pid": os.getpid()}, events=[steps(1, 2), b'{"step": 9, "loss": 0.'])

    damage = reader.metrics.damage(reader.runs.get(ID))

    assert (damage.lines, damage.torn_tail) == (lines, True)


def test_a_line_completed_later_is_read(make_run, reader):
    file = make_run(ID, events=[steps(1), line(2)[:20]]) / "events.jsonl"
    run = reader.runs.get(ID)
    assert reader.metrics.by_step(run).total == 1

    with file.open("ab") as stream:
        stream.write(line(2)[20:] + line(3))

    assert reader.metrics.by_step(run).total == 3
    assert reader.metrics.cache_stats().incremental_updates == 1


def test_a_file_rewritten_in_place_to_the_same_size_is_read_again(make_run, reader):
    file = make_run(ID, events=[line(1, loss=1.5)]) / "events.jsonl"
    run = reader.runs.get(ID)
    assert reader.metrics.by_step(run).rows()[0]["loss"] == 1.5

    file.write_bytes(line(1, loss=2.5))
    os.utime(file, ns=(time.time_ns(), time.time_ns() + 1_000_000))

    assert reader.metrics.by_step(run).rows()[0]["loss"] == 2.5


def test_a_file_replaced_by_a_longer_one_is_read_anew(make_run, reader):
    file = make_run(ID, events=[steps(1, 2)]) / "events.jsonl"
    run = reader.runs.get(ID)
    assert reader.metrics.by_step(run).total == 2

    file.write_bytes(steps(5, 6, 7, 8))

    assert [row["global_step"] for row in reader.metrics.by_step(run).rows()] == [5, 6, 7, 8]


def test_a_cut_file_is_read_anew(make_run, reader):
    file = make_run(ID, events=[steps(1, 2, 3)]) / "events.jsonl"
    run = reader.runs.get(ID)
    assert reader.metrics.by_step(run).total == 3

    file.write_bytes(steps(1))

    assert reader.metrics.by_step(run).total == 1


def test_a_flipped_byte_costs_at_most_its_line(make_run, reader):
    """Case 11, a sample of positions."""
    data = steps(*range(1, 51))
    file = make_run(ID) / "events.jsonl"
    run = reader.runs.get(ID)
    chance = random.Random(3)
    for position in chance.sample(range(len(data)), 150):
        damaged = bytearray(data)
        damaged[position] ^= 1 << chance.randrange(8)
        table = read(bytes(damaged))
        assert len(rows(table)) >= 48 if data[position : position + 1] == b"\n" else len(rows(table)) >= 49
    file.write_bytes(data)
    assert reader.metrics.by_step(run).total == 50


def test_good_runs_are_not_hidden_by_one_of_random_bytes(make_run, reader):
    """Case 10."""
    for number in range(20):
        make_run(f"good{number}", events=[steps(1, 2)])
    (make_run("bad") / "events.jsonl").write_bytes(random.Random(2).randbytes(1 << 20))

    assert len(reader.runs.list_runs()) == 21
    assert reader.metrics.damage(reader.runs.get("bad")).lines > 1000
    counted = reader.sql("SELECT count(*) FROM metrics WHERE value IS NULL").fetchall()
    assert counted == [(0,)]
    assert reader.sql("SELECT count(*) FROM metrics").fetchall() == [(40,)]


def test_segments_of_several_writers_are_one_run(make_run, reader):
    folder = make_run(ID, events=[line(1, loss=1.0), line(3, loss=3.0)])
    (folder / "events.gpu2-41.jsonl").write_bytes(line(2, loss=2.0) + line(3, acc=0.5))
    (folder / "events.txt").write_bytes(line(9))
    run = reader.runs.get(ID)

    table = reader.metrics.by_step(run).rows()

    assert [(row["global_step"], row["loss"], row["acc"]) for row in table] == [(1, 1, None), (2, 2, None), (3, 3, 0.5)]


def test_of_two_segments_the_later_value_of_a_step_counts(make_run, reader):
    folder = make_run(ID, events=[{"ts": 50.0, "type": "metrics", "data": {"loss": 1.0, "global_step": 1}}])
    later = {"ts": 40.0, "type": "metrics", "data": {"loss": 2.0, "global_step": 1}}
    (folder / "events.a.jsonl").write_text(json.dumps(later) + "\n")

    assert reader.metrics.by_step(reader.runs.get(ID)).rows()[0]["loss"] == 1.0


def test_a_link_in_place_of_the_events_is_not_followed(make_run, reader, tmp_path):
    """Case 41."""
    outside = tmp_path / "outside.jsonl"
    outside.write_bytes(steps(1))
    (make_run(ID) / "events.jsonl").symlink_to(outside)

    assert reader.metrics.by_step(reader.runs.get(ID)).total == 0


def test_a_hundred_thousand_names_do_not_slow_down_the_others(make_run, reader):
    """Case 22: the list does not read them, and a curve of another run costs what it always does."""
    make_run("wide", events=[line(step, **{f"m{step * 1000 + n}": 0.5 for n in range(1000)}) for step in range(100)])
    make_run(ID, events=[steps(1, 2)])

    wide = reader.runs.get("wide")
    [curve] = reader.metrics.series(wide, ["m99999"]).series
    assert curve.values.tolist() == [0.5]
    started = time.monotonic()
    assert reader.metrics.by_step(reader.runs.get(ID)).total == 2
    assert time.monotonic() - started < 2


def test_images_and_damaged_lines_between_metrics_are_read_alone(tmp_path, monkeypatch):
    image = b'{"ts": 1.5, "type": "image", "data": {"key": "a", "path": "a.png", "step": 1, "caption": "NaN: 1"}}\n'
    data = b"".join(steps(*range(n, n + 5)) + image + b"\n" + b"damaged\n" * (n == 21) for n in range(1, 400, 5))
    path = tmp_path / "events.jsonl"
    path.write_bytes(data)
    expected, table = read(data), EventTable()

    def refuse(*_):
        raise AssertionError("metrics were read line by line")

    monkeypatch.setattr(EventTable, "append_lines", refuse)
    with duckdb.connect() as connection:
        load_file(table, path, len(data), connection.cursor)

    assert rows(table) == rows(expected)
    assert (len(table), table.damaged) == (400, 1)


@pytest.mark.parametrize("number", [b"-NaN", b"1e999", b"12345678901234567890", b"--1", b"", b"01"])
def test_what_only_looks_like_a_number_is_read_as_its_line_says(tmp_path, number):
    """Lines of one shape differ only in the characters of numbers, which need not be numbers."""
    data = steps(*range(1, 300)) + line(300, loss=float("nan")) + line(301, loss=1.0).replace(b"1.0,", number + b",")
    data += steps(*range(302, 400))
    path = tmp_path / "events.jsonl"
    path.write_bytes(data)
    table = EventTable()
    with duckdb.connect() as connection:
        load_file(table, path, len(data), connection.cursor)

    assert rows(table) == rows(read(data))
    assert table.damaged == read(data).damaged


def test_a_metric_that_is_an_integer_wherever_we_looked_keeps_its_fractions(tmp_path, monkeypatch):
    data = b"".join(line(step, loss=2.5 if step == 100 else 2) for step in range(1, 200))
    path = tmp_path / "events.jsonl"
    path.write_bytes(data)
    monkeypatch.setattr(scan, "_SAMPLE_BYTES", 100)
    monkeypatch.setattr(scan, "_SAMPLES", 2)
    table = EventTable()
    with duckdb.connect() as connection:
        load_file(table, path, len(data), connection.cursor)

    assert [row["loss"] for row in rows(table)][98:101] == [2, 2.5, 2]
