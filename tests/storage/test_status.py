"""status.json, and the check for runs whose process died."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from runicorn.storage.layout import RunFiles
from runicorn.storage.liveness import hostname, identity
from runicorn.storage.status import mark_dead_runs, write_status


@pytest.fixture
def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def read(folder, name="status.json"):
    return json.loads((folder / name).read_text())


def test_writing_a_status_keeps_the_other_fields_and_drops_those_given_as_none(make_run):
    folder = make_run(status={"status": "running", "started_at": 1.0, "exit_reason": "x"})

    document = write_status(RunFiles(str(folder)), "finished", ended_at=2.0, exit_reason=None)

    assert document == read(folder) == {"status": "finished", "started_at": 1.0, "ended_at": 2.0}


def test_a_run_whose_process_is_gone_becomes_failed(make_run, root, dead_pid):
    folder = make_run(status={"status": "running", "started_at": 1.0}, meta={"pid": dead_pid, "hostname": hostname()})

    assert mark_dead_runs(root) == (1, 1)

    status = read(folder)
    assert status["status"] == "failed"
    assert status["exit_reason"] == "process_not_found"
    assert status["started_at"] == 1.0
    assert status["ended_at"] > 1.0
    assert mark_dead_runs(root) == (0, 0)


def test_a_pid_that_another_program_got_since_is_dead(make_run, root):
    """Case 36."""
    other = {**identity(), "start": 1.0}
    folder = make_run(status="running", meta={"pid": os.getpid(), "hostname": hostname(), "process": other})

    assert mark_dead_runs(root) == (1, 1)
    assert read(folder)["status"] == "failed"


@pytest.mark.parametrize(
    "meta",
    [
        pytest.param({"pid": os.getpid(), "hostname": hostname()}, id="alive"),
        pytest.param({"pid": os.getpid(), "hostname": hostname(), "process": identity()}, id="alive and known"),
        pytest.param({"pid": 999900001, "hostname": "another-box"}, id="another host"),
        pytest.param({"pid": None, "hostname": hostname()}, id="no pid"),
        pytest.param({"pid": "7", "hostname": hostname()}, id="pid of text"),
        pytest.param(
            {"pid": 7, "hostname": hostname(), "process": {**identity(), "pid_namespace": "pid:[1]"}}, id="container"
        ),
    ],
)
def test_other_running_runs_are_counted_and_left_alone(make_run, root, meta):
    """Case 37 among them."""
    folder = make_run(status="running", meta=meta)
    before = (folder / "status.json").read_bytes()

    assert mark_dead_runs(root) == (1, 0)
    assert (folder / "status.json").read_bytes() == before


def test_copies_of_remote_runs_are_left_alone(make_run, root, dead_pid):
    make_run(project="_remote_box", status="running", meta={"pid": dead_pid, "hostname": hostname()})

    assert mark_dead_runs(root) == (1, 0)


@pytest.mark.parametrize("text", ["", "[]", "null", '{"status": 7}', "{"])
def test_a_damaged_status_is_not_touched(make_run, root, dead_pid, text):
    folder = make_run(meta={"pid": dead_pid, "hostname": hostname()})
    (folder / "status.json").write_text(text)

    assert mark_dead_runs(root) == (0, 0)
    assert (folder / "status.json").read_text() == text


def test_a_deleted_run_is_not_looked_at(make_run, root, dead_pid):
    folder = make_run(status="running", meta={"pid": dead_pid, "hostname": hostname()})
    (folder / ".deleted").write_text("")

    assert mark_dead_runs(root) == (0, 0)
