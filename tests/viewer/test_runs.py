"""Runs, projects, health, configuration and the check for dead runs."""

from __future__ import annotations

import json
import os
import socket
import threading

import pytest

from runicorn._version import __version__
from runicorn.query import Reader
from runicorn.query.catalogue import Catalogue
from runicorn.viewer import background, current

FIRST, SECOND = "20250601_120000_a1b2c3", "20250601_120001_a1b2c4"


def test_health_says_what_is_served(client, root):
    health = client.get("/api/health").json

    assert (health["status"], health["storage"], health["version"]) == ("ok", str(root), __version__)
    assert health["cache"]["hit_rate"] == "0.0%"
    assert health["timestamp"] > 0


def test_the_list_is_another_as_soon_as_a_run_is(client, make_run):
    folder = make_run(FIRST)
    assert [run["status"] for run in client.get("/api/runs").json] == ["finished"]

    (folder / "status.json").write_text(json.dumps({"status": "interrupted"}))
    make_run(SECOND)
    current.viewer(client.application).reader().runs.refresh(now=True)

    assert sorted(run["status"] for run in client.get("/api/runs").json) == ["finished", "interrupted"]
    assert client.get("/api/runs").data == client.get("/api/runs").data


def test_the_runs_are_looked_at_before_anybody_asks(app, monkeypatch):
    looked = threading.Event()
    monkeypatch.setattr(Catalogue, "refresh_ahead", lambda _: looked.set())
    background.start(app)

    assert looked.wait(10)


def test_what_charts_need_is_loaded_once_somebody_looks_at_the_table(app, make_run, monkeypatch):
    make_run(FIRST)
    prepared = threading.Event()
    prepare = Reader.prepare
    monkeypatch.setattr(Reader, "prepare", lambda reader: prepare(reader) or prepared.set())
    background.start(app)
    browse = app.test_client()

    assert browse.get("/api/runs").status_code == 200
    assert not prepared.wait(1)
    assert browse.get("/").status_code == 200
    assert prepared.wait(10)


def test_looking_ahead_goes_on_after_a_failure(app, monkeypatch):
    looks = threading.Semaphore(0)
    monkeypatch.setattr(Catalogue, "refresh_ahead", lambda _: looks.release() or 1 / 0)
    background.start(app)

    assert looks.acquire(timeout=10) and looks.acquire(timeout=10)


def test_the_cache_counts_what_it_answered(client, make_run, metrics):
    make_run(FIRST, events=[metrics(1, loss=1.0)])
    for _ in range(3):
        client.get(f"/api/runs/{FIRST}/metrics_step")

    stats = client.get("/api/metrics/cache/stats").json

    assert (stats["size"], stats["misses"], stats["hits"]) == (1, 1, 2)
    assert stats["hit_rate"] == pytest.approx(2 / 3, abs=1e-4)


def test_the_detail_of_a_run_holds_all_that_is_known(client, make_run):
    folder = make_run(
        FIRST,
        config={"lr": 0.1, "big": 2**70},
        summary={"best_metric_name": "acc", "best_metric_value": 0.9, "note": float("nan")},
        status={"status": "finished", "started_at": 10.0, "ended_at": 25.0},
    )

    run = client.get(f"/api/runs/{FIRST}").json

    assert run["run_dir"] == str(folder)
    assert run["metrics"] == run["metrics_step"] == str(folder / "events.jsonl")
    assert (run["started_at"], run["ended_at"], run["duration_s"]) == (10.0, 25.0, 15.0)
    assert run["created_at"] == run["created_time"] == 1748779200.5
    assert run["config"] == {"lr": 0.1, "big": 2**70}
    assert run["summary"]["note"] is None
    assert (run["best_metric_name"], run["best_metric_value"]) == ("acc", 0.9)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("summary.json", '{"best_metric_value": "high", "best_metric_name": 7}'),
        ("meta.json", "[1, 2]"),
        ("meta.json", '{"pid": "many", "project": 5, "name": {}, "created_at": "today"}'),
        ("status.json", "[]"),
        ("status.json", ""),
        ("summary.json", '{"a": '),
        ("labels.json", '{"tags": 7}'),
    ],
)
def test_one_odd_run_does_not_hide_the_others(client, make_run, name, text):
    """Case 12."""
    make_run(FIRST)
    (make_run(SECOND) / name).write_text(text)

    assert {run["id"] for run in client.get("/api/runs").json} == {FIRST, SECOND}
    assert client.get(f"/api/runs/{SECOND}").status_code == 200
    assert client.post("/api/status/check").status_code == 200
    assert client.get("/api/v2/experiments").json["total"] == 2


def test_a_dead_run_is_reported_and_only_the_check_writes_it_down(client, make_run):
    folder = make_run(FIRST, status="running", meta={"hostname": socket.gethostname(), "pid": 2**30})
    before = (folder / "status.json").read_bytes()

    assert client.get("/api/runs").json[0]["status"] == "failed"
    assert client.get(f"/api/runs/{FIRST}").json["stored_status"] == "running"
    assert (folder / "status.json").read_bytes() == before

    answer = client.post("/api/status/check")
    assert answer.json == {
        "checked": 1,
        "updated": 1,
        "message": "Checked 1 running experiments, updated 1 statuses",
    }
    assert json.loads((folder / "status.json").read_text())["exit_reason"] == "process_not_found"


def test_a_run_of_this_process_is_running(client, make_run):
    make_run(FIRST, status="running", meta={"hostname": socket.gethostname(), "pid": os.getpid()})

    assert client.get(f"/api/runs/{FIRST}").json["status"] == "running"
    assert client.post("/api/status/check").json["updated"] == 0


def test_projects_and_names_are_sorted_by_code_point_with_their_numbers(client, make_run):
    make_run(FIRST, project="b", name="y")
    make_run(SECOND, project="B", name="x")
    make_run("20250601_120002_a1b2c5", project="b", name="X")

    projects = client.get("/api/projects").json

    assert projects["projects"] == ["B", "b"]
    assert [(entry["name"], entry["experiment_count"]) for entry in projects["details"]] == [("B", 1), ("b", 2)]
    assert client.get("/api/projects/b/names").json == {"names": ["X", "y"]}
    assert [run["id"] for run in client.get("/api/projects/b/names/y/runs").json] == [FIRST]
    assert client.get("/api/projects/none/names").json == {"names": []}


def test_another_root_is_saved_and_served_at_once(client, make_run, tmp_path, own_folders):
    make_run(FIRST)
    other = tmp_path / "other" / "deeper"

    answer = client.post("/api/config/user_root_dir", json={"path": str(other)})

    assert answer.json == {
        "ok": True,
        "user_root_dir": str(other),
        "storage": str(other),
        "message": "User root directory updated successfully",
    }
    assert other.is_dir()
    assert client.get("/api/runs").json == []
    assert client.get("/api/config").json["storage"] == str(other)
    assert json.loads((own_folders / "config" / "config.json").read_text())["user_root_dir"] == str(other)


@pytest.mark.parametrize("key", ["path", "user_root", "user_root_dir"])
def test_the_root_may_be_put_under_any_of_its_names(client, tmp_path, key):
    assert client.put("/api/config", json={key: str(tmp_path / "x")}).json["storage"] == str(tmp_path / "x")


@pytest.mark.parametrize("path", [None, "", "  ", "/proc/nope/x", "a\0b"], ids=repr)
def test_a_root_that_cannot_be_is_refused_and_nothing_changes(client, root, path):
    body = {} if path is None else {"path": path}
    for answer in (client.post("/api/config/user_root_dir", json=body), client.put("/api/config", json=body)):
        assert answer.status_code == 400
        assert answer.json["detail"].startswith("Invalid path")
    assert client.get("/api/config").json["storage"] == str(root)


def test_a_remote_viewer_keeps_its_root(make_app, tmp_path):
    client = make_app(remote_mode=True).test_client()

    assert client.post("/api/config/user_root_dir", json={"path": str(tmp_path / "x")}).status_code == 403
