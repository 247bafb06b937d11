"""Only this very process counts as the writer of its run; cases 36 and 37."""

import os
import subprocess
import sys

import pytest

from runicorn.storage import liveness

GONE = 999_900_001


def test_this_process_is_alive():
    meta = {"pid": os.getpid(), "hostname": liveness.hostname(), "process": liveness.identity()}

    assert liveness.liveness(meta) == "alive"


def test_a_process_that_ended_is_dead():
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()

    assert liveness.liveness({"pid": child.pid, "hostname": liveness.hostname()}) == "dead"


def test_a_process_that_was_killed_and_not_reaped_is_dead():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    meta = {"pid": child.pid, "hostname": liveness.hostname()}
    assert liveness.liveness(meta) == "alive"

    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert liveness.liveness(meta) == "dead"
    child.stdin.close()
    child.wait()


def test_another_program_with_the_same_pid_is_not_the_writer():
    process = {**liveness.identity(), "start": 1.0}

    assert liveness.liveness({"pid": os.getpid(), "hostname": "", "process": process}) == "dead"


def test_a_run_of_an_earlier_boot_is_dead():
    process = {**liveness.identity(), "boot_id": "another"}

    assert liveness.liveness({"pid": os.getpid(), "process": process}) == "dead"


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        pytest.param({"pid": GONE}, "dead", id="no host name"),
        pytest.param({"pid": GONE, "hostname": ""}, "dead", id="empty host name"),
        pytest.param({"pid": GONE, "hostname": "elsewhere"}, "unknown", id="another host"),
        pytest.param({"hostname": ""}, "unknown", id="no pid"),
        pytest.param({"pid": "7"}, "unknown", id="pid is text"),
        pytest.param({"pid": True}, "unknown", id="pid is a boolean"),
        pytest.param({"pid": -1}, "dead", id="negative pid"),
        pytest.param({"pid": 2**70}, "dead", id="huge pid"),
        pytest.param({"pid": GONE, "process": "x"}, "dead", id="odd identity"),
    ],
)
def test_what_can_be_said_of_a_run(meta, expected):
    assert liveness.liveness(meta) == expected


@pytest.mark.skipif(not liveness.pid_namespace(), reason="no pid namespaces here")
def test_a_process_of_another_container_is_unknown():
    process = {**liveness.identity(), "pid_namespace": "pid:[1]"}

    assert liveness.liveness({"pid": os.getpid(), "process": process}) == "unknown"
