"""A place in a log that grows."""

from __future__ import annotations

import pytest

from runicorn.query.logs import Tail


@pytest.fixture
def log(tmp_path):
    return tmp_path / "logs.txt"


def test_a_log_that_is_not_there_yet_gives_nothing_and_then_its_lines(log):
    tail = Tail(log)
    assert (tail.read_lines(), tail.exists) == ([], False)

    log.write_text("one\ntwo\n")

    assert (tail.read_lines(), tail.exists) == (["one", "two"], True)
    assert tail.read_lines() == []


@pytest.mark.parametrize("last", [1, 2, 3, 500, 99_999, 100_000, 100_001])
def test_of_a_log_that_is_there_only_the_last_lines_are_read(log, last):
    lines = [f"line {i} {'x' * (i % 50)}" for i in range(100_000)]
    log.write_text("".join(line + "\n" for line in lines))
    tail = Tail(log, last)

    found = tail.read_lines()
    while tail.has_more:
        found += tail.read_lines()

    assert found == lines[-last:]
    assert tail.skipped == (last < 100_000)


def test_a_last_line_without_a_break_waits_for_the_second_look(log):
    log.write_text("one\ntw")
    tail = Tail(log)
    assert tail.read_lines() == ["one"]
    with log.open("a") as file:
        file.write("o")
    assert tail.read_lines() == []

    assert tail.read_lines() == ["two"]


def test_a_line_beyond_a_mebibyte_comes_in_pieces(log):
    log.write_text("x" * 3_000_000 + "\nend\n")
    tail = Tail(log)

    found = tail.read_lines()
    while tail.has_more:
        found += tail.read_lines()

    assert max(map(len, found)) <= 1 << 20
    assert "".join(found) == "x" * 3_000_000 + "end"


def test_a_log_that_is_cut_or_replaced_starts_again(log, tmp_path):
    log.write_text("one\ntwo\n")
    tail = Tail(log)
    tail.read_lines()

    log.write_text("new\n")
    assert (tail.read_lines(), tail.restarted) == (["new"], True)

    (tmp_path / "other").write_text("another\nlonger\n")
    (tmp_path / "other").replace(log)
    assert (tail.read_lines(), tail.restarted) == (["another", "longer"], True)
    assert (tail.read_lines(), tail.restarted) == ([], False)


def test_bytes_that_are_no_text_are_dropped_and_other_breaks_are_text(log):
    log.write_bytes(b"a\xff\xfeb\xe2\x80\xa8c\r\nd\n")

    assert Tail(log).read_lines() == ["ab\u2028c", "d"]
