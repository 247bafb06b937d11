"""Console capture, the logging handler, and the system monitor."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import threading

import pytest

import runicorn as rn
from runicorn.errors import InvalidInput
from runicorn.sdk.console import REPEAT_S, ConsoleCapture, LineFolder, fold
from runicorn.sdk.system import Sampler, SystemMonitor


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain", "plain"),
        ("10%\r50%\r100%", "100%"),
        ("100%\r", "100%"),
        ("abc\b\bxy", "axy"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[2K\x1b[1Abar", "bar"),
        ("", ""),
        ("\b\b", ""),
    ],
)
def test_a_line_is_folded_to_what_a_terminal_would_leave(line, shown):
    assert fold(line) == shown


def test_lines_come_in_pieces_and_a_long_progress_bar_now_and_then():
    now, lines = [0.0], []
    folder = LineFolder(lines.extend, clock=lambda: now[0])
    for percent in range(101):
        now[0] += 1
        folder.feed(f"\r{percent}%")
    folder.feed(" done\nnext ")
    folder.feed("line\n\nlast")
    folder.flush()
    folder.flush()

    bars = [line for line in lines if re.fullmatch(r"\d+%", line)]
    assert len(bars) == int(101 / REPEAT_S)
    assert [line for line in lines if line not in bars] == ["100% done", "next line", "last"]


def test_a_bar_without_end_stays_small():
    folder = LineFolder(lambda lines: None, clock=lambda: 0.0)
    for _ in range(1000):
        folder.feed("\r" + "x" * 1000)

    assert len(folder._rest) <= 20_000


CONSOLE = """
run = rn.init("p", capture_env=False, capture_console=True)
print("hello", end=" "); print("world")
print("to stderr", file=sys.stderr)
for percent in (10, 50, 100): sys.stdout.write(f"\\r{percent}%")
print()
print(sys.stdout.isatty(), sys.stdout.encoding is not None)
run.finish()
print("after")
"""


def test_what_a_script_prints_is_in_the_log_and_on_the_terminal_unchanged(script, root, only_run):
    process = script(CONSOLE)
    with process:
        output, errors = process.stdout.buffer.read(), process.stderr.buffer.read()

    assert process.returncode == 0
    assert (output, errors) == (b"hello world\n\r10%\r50%\r100%\nFalse True\nafter\n", b"to stderr\n")
    lines = (only_run(root) / "logs.txt").read_text().splitlines()
    assert [line.partition(" | ")[2] for line in lines] == ["hello world", "to stderr", "100%", "False True"]


def test_streams_that_others_replaced_meanwhile_are_left_to_them(monkeypatch):
    lines = []
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    capture = ConsoleCapture(lines.extend)
    capture.start()
    tee = sys.stdout
    monkeypatch.setattr(sys, "stdout", theirs := io.StringIO())
    capture.stop()
    tee.write("late\n")

    assert sys.stdout is theirs
    assert lines == []


def test_a_log_that_fails_does_not_fail_the_print(monkeypatch):
    monkeypatch.setattr(sys, "stdout", stream := io.StringIO())
    capture = ConsoleCapture(lambda lines: 1 / 0)
    capture.start()
    print("a")
    print("b")
    capture.stop()

    assert stream.getvalue() == "a\nb\n"


def test_records_of_logging_go_to_the_active_run(start):
    logger = logging.getLogger("training")
    handler = rn.LogHandler(level="INFO")
    logger.addHandler(handler)
    logger.setLevel("DEBUG")
    try:
        run = start()
        logger.info("epoch %d", 1)
        logger.debug("too small")
        logging.getLogger("runicorn").warning("our own")
    finally:
        logger.removeHandler(handler)

    assert (run.run_dir / "logs.txt").read_text().endswith("| INFO training: epoch 1\n")


def test_a_handler_without_a_run_passes_records_over(start, monkeypatch):
    monkeypatch.setattr("runicorn.sdk.active._active", None)
    rn.LogHandler().handle(logging.makeLogRecord({"msg": "x", "name": "training"}))


def test_the_machine_is_read_in_numbers():
    values = Sampler().read()

    assert {"system/cpu_percent", "system/memory_percent", "system/process_memory_mb"} <= set(values)
    assert 0 <= values["system/memory_percent"] <= 100
    assert values["system/process_memory_mb"] > 1
    assert all(isinstance(value, int | float) for value in values.values())


def test_system_metrics_are_logged_at_the_step_of_the_run(start, read_events):
    logged = threading.Event()
    run = start(system_metrics=0.1)
    log_beside = run._events.log_beside
    run._events.log_beside = lambda values: (log_beside(values), logged.set())
    run.log({"loss": 1}, step=40)
    for _ in range(2):  # the first may be of before
        logged.clear()
        assert logged.wait(60)
    run.log(loss=2)
    run.finish()

    rows = [event["data"] for event in read_events(run.run_dir, kind="metrics")]
    assert [row["global_step"] for row in rows if "loss" in row] == [40, 41]
    assert 40 in [row["global_step"] for row in rows if "system/cpu_percent" in row]


@pytest.mark.parametrize("interval", [0.0, -1, float("nan")])
def test_an_interval_that_cannot_be_is_refused(interval):
    with pytest.raises(InvalidInput):
        SystemMonitor(print, interval)


FORK = """
import io, threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)
# Python's own buffer has a lock that a fork may find held, with or without us.
sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), write_through=True)
run = rn.init("p", capture_env=False, capture_console=True)
stop = threading.Event()
def chat():
    while not stop.is_set(): sys.stderr.write("chatter\\n")
threads = [threading.Thread(target=chat) for _ in range(3)]
for thread in threads: thread.start()
codes = []
for number in range(20):
    pid = os.fork()
    if pid == 0:
        sys.stderr.write(f"child {number}\\n")
        os._exit(0)
    codes.append(os.waitpid(pid, 0)[1])
stop.set()
for thread in threads: thread.join()
run.finish()
print(codes == [0] * 20)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_may_print_while_the_parents_threads_do(script, root, only_run):
    """Case 23."""
    process = script(FORK)
    output, _ = process.communicate(timeout=300)

    assert output == "True\n"
    text = (only_run(root) / "logs.txt").read_text()
    assert all(f"| child {number}\n" in text for number in range(20))
