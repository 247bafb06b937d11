"""A random life of one run against a list of what was acknowledged; damage anywhere in its file."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from runicorn.sdk.run import Run

KILLED = """
import os, signal, sys
from runicorn.sdk.run import Run
run = Run("p", sys.argv[1], "r", capture_env=False)
for number in range(int(sys.argv[2])):
    run.log(number=int(sys.argv[3]) + number)
    print(int(sys.argv[3]) + number, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


class LifeOfARun(RuleBasedStateMachine):
    """Start, log, log what cannot be kept, tear, kill, resume, delete, read."""

    @initialize()
    def begin(self):
        self.root = Path(tempfile.mkdtemp())
        self.acknowledged: list[int] = []
        self.number = 0
        self.run: Run | None = None

    @property
    def folder(self):
        return self.root / "p" / "default" / "runs" / "r"

    @precondition(lambda self: self.run is None)
    @rule()
    def start_or_resume(self):
        self.run = Run("p", self.root, "r", capture_env=False)

    @precondition(lambda self: self.run is not None)
    @rule(count=st.integers(1, 5), step=st.none() | st.integers(-5, 50))
    def log(self, count, step):
        for _ in range(count):
            self.run.log({"number": self.number}, step=step)
            self.acknowledged.append(self.number)
            self.number += 1

    @precondition(lambda self: self.run is not None)
    @rule()
    def log_what_cannot_be_kept(self):
        self.run.log({"number": self.number, "bad": object(), "\ud800": 1})
        self.acknowledged.append(self.number)
        self.number += 1

    @precondition(lambda self: self.run is not None)
    @rule(status=st.sampled_from(["finished", "failed"]))
    def finish(self, status):
        self.run.finish(status)
        self.run = None

    @precondition(lambda self: self.run is None and self.folder.exists())
    @rule(tail=st.sampled_from([b'{"ts": 1, "type": "metr', b"\x00" * 8, b"\xff\xfe", b"{}"]))
    def tear(self, tail):
        with open(self.folder / "events.jsonl", "ab") as file:
            file.write(tail)

    @precondition(lambda self: self.run is None and os.name != "nt")
    @rule(count=st.integers(1, 3))
    def log_and_be_killed(self, count):
        command = [sys.executable, "-c", KILLED, self.root, str(count), str(self.number)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        seen = [int(line) for line in done.stdout.split()]
        assert len(seen) == count, done.stderr
        self.acknowledged += seen
        self.number += count

    @precondition(lambda self: self.run is None and self.folder.exists())
    @rule()
    def delete(self):
        shutil.rmtree(self.folder)
        self.acknowledged = []

    @invariant()
    def everything_acknowledged_is_read(self):
        if not hasattr(self, "root") or not (self.folder / "events.jsonl").exists():
            return
        assert read_numbers(self.folder / "events.jsonl") == self.acknowledged

    def teardown(self):
        if self.run is not None:
            self.run.finish()
        shutil.rmtree(self.root)


def read_numbers(path):
    """The logged numbers, as an independent program would read them."""
    numbers = []
    for line in path.read_bytes().split(b"\n"):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("type") == "metrics" and isinstance(event.get("data"), dict):
            numbers.append(event["data"].get("number"))
    return numbers


TestLifeOfARun = LifeOfARun.TestCase
TestLifeOfARun.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLifeOfARun = pytest.mark.slow(TestLifeOfARun)


def test_a_flipped_byte_costs_at_most_two_lines_and_a_resume_still_works(start):
    """Case 11, from the writer's side: a flipped newline glues two lines, any other byte damages one."""
    run = start(run_id="r")
    for number in range(50):
        run.log(number=number)
    run.finish()
    path = run.run_dir / "events.jsonl"
    content = path.read_bytes()
    generator = random.Random(0)
    for _ in range(40):
        position = generator.randrange(len(content))
        damaged = bytearray(content)
        damaged[position] ^= 1 << generator.randrange(8)
        path.write_bytes(damaged)

        again = Run("vision", run.storage_root, "r", capture_env=False)
        again.log(number=-1)
        again.finish()

        whole = [line for line in path.read_bytes().split(b"\n") if line in content.split(b"\n") and line]
        assert len(whole) >= 48
        assert read_numbers(path)[-1] == -1
