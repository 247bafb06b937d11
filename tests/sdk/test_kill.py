"""What is left of a run whose process is killed. Promises P1, P3 and P4."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time

import pytest

from runicorn.sdk.run import Run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

LOGGER = """
run = rn.init("p", run_id="r", capture_env=False)
for number in range(1000):
    run.log({"number": number, "text": "é" * 50})
    os.write(1, b"%d\\n" % number)
time.sleep(60)
"""


@pytest.mark.parametrize("repeat", range(5))
def test_every_event_whose_log_returned_is_there_after_sigkill(script, root, repeat, read_metrics, only_run):
    """Case 1."""
    process = script(LOGGER)
    assert process.stdout.readline() == "0\n"
    time.sleep(random.Random(repeat).uniform(0, 0.02))
    process.send_signal(signal.SIGKILL)
    with process:
        acknowledged = [0, *map(int, process.stdout.read().split())]

    logged = read_metrics(only_run(root), "number")

    assert logged[: len(acknowledged)] == acknowledged
    assert len(logged) <= len(acknowledged) + 1


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 41, 5))
def test_a_kill_inside_the_write_loses_only_that_event(script, root, number, read_metrics, only_run):
    """Case 2."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    events = root / "p/default/runs/r/events.jsonl"
    events.parent.mkdir(parents=True)
    events.write_bytes(b"")
    fault = f"inject=write:signal=SIGKILL:when={number}"
    process = script(LOGGER, prefix=("strace", "-qq", "-f", "-o", "/dev/null", "-P", str(events), "-e", fault))
    output, errors = process.communicate(timeout=300)

    acknowledged = list(map(int, output.split()))
    logged = read_metrics(only_run(root), "number")

    assert len(acknowledged) == number - 1, errors
    assert logged[: len(acknowledged)] == acknowledged
    assert len(logged) <= number


def write_sample(start) -> bytes:
    run = start(run_id="r")
    for step in range(5):
        run.log({"loss": 1 / (step + 1), "name": "schön ✓", "text": "x" * (100 if step % 5 else 3)})
    run.finish()
    return (run.run_dir / "events.jsonl").read_bytes()


@pytest.mark.slow
def test_a_file_cut_anywhere_keeps_its_whole_lines_and_takes_new_ones(start, root, monkeypatch, read_events, only_run):
    """Case 3."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    content = write_sample(start)
    folder = only_run(root)
    for cut in range(len(content) + 1):
        head = content[:cut]
        (folder / "events.jsonl").write_bytes(head)
        whole = head.count(b"\n")
        assert len(read_events(folder)) == whole

        run = Run("vision", root, "r", capture_env=False)
        run.log(after=cut)
        run.finish()

        lost = 0 if head.endswith(b"\n") or not head else _glued(head)
        kept = read_events(folder, kind="metrics")
        assert len(kept) == whole + 1 + lost
        assert kept[-1]["data"]["after"] == cut
        assert kept[-1]["data"]["global_step"] == whole + lost + 1


def _glued(head: bytes) -> int:
    """1 when the last line lacks nothing but its newline: it becomes whole when the next line starts a new one."""
    return int(head.rpartition(b"\n")[2].endswith(b"}}"))


def test_a_run_resumed_after_a_torn_line_reads_the_next_one(start, root, read_metrics):
    """Case 4."""
    run = start(run_id="r")
    for _ in range(8):
        run.log(loss=0.5)
    run.finish()
    with open(run.run_dir / "events.jsonl", "ab") as file:
        file.write(b'{"step":9,"loss":0.')

    resumed = start(run_id="r")
    resumed.log(loss=0.25, step=10)

    assert read_metrics(run.run_dir, "global_step") == [1, 2, 3, 4, 5, 6, 7, 8, 10]
    assert b'"loss":0.\n' in (run.run_dir / "events.jsonl").read_bytes()
