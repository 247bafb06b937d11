from __future__ import annotations

import json
import os
import socket

import pytest


@pytest.fixture
def examine(run_cli, root):
    def run(*arguments):
        result = run_cli("doctor", "--storage", root, "--json", *arguments)
        findings = json.loads(result.stdout)["findings"]
        assert result.exit_code == bool(findings)
        assert all(finding["remedy"] for finding in findings)
        return [(finding["run_id"], finding["problem"]) for finding in findings]

    return run


def test_a_healthy_root_has_nothing_to_find(run_cli, root, make_run, metrics):
    make_run("one", events=[metrics(1, loss=0.5)])
    make_run("live", status="running", meta={"pid": os.getpid(), "hostname": socket.gethostname()})

    result = run_cli("doctor", "--storage", root)

    assert (result.exit_code, result.stdout) == (0, "2 runs looked at, no problems found.\n")


def test_damage_is_named_by_run(examine, make_run, metrics):
    make_run("torn", events=[metrics(1, loss=0.5), '{"ts": 2, "ty'])
    make_run("broken", events=["{half\n", metrics(1, loss=0.5), "[1]\n"])
    (make_run("unread") / "meta.json").write_text("{")

    findings = examine()

    assert ("torn", "Its last event was cut off in writing.") in findings
    assert ("broken", "2 damaged lines in its event files.") in findings
    assert any(run_id == "unread" and "meta.json" in problem for run_id, problem in findings)


def test_a_dead_run_is_found_and_written_down(examine, make_run):
    folder = make_run("dead", status="running", meta={"pid": 2**22 + 5, "hostname": socket.gethostname()})
    make_run("elsewhere", status="running", meta={"hostname": "gpu-box"})

    assert [run_id for run_id, _ in sorted(examine())] == ["dead", "elsewhere"]
    assert json.loads((folder / "status.json").read_text())["status"] == "running"

    assert [run_id for run_id, _ in examine("--fix")] == ["elsewhere"]
    assert json.loads((folder / "status.json").read_text())["status"] == "failed"
