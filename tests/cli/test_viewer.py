"""`viewer` as a process: addresses, settings that reach the server, a clean end, and the demo."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from runicorn.demo import background
from runicorn.demo.folder import make_folder
from runicorn.demo.training import PROJECT, RECIPES, train
from runicorn.query import Reader
from runicorn.storage.liveness import process_start


def get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode(), dict(answer.headers)


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_taken_port_is_one_clear_line(run_process, root):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_process("viewer", "--storage", root, "--port", port)

    assert done.returncode == 4
    assert done.stderr == f"Error: Port {port} on 127.0.0.1 is already in use. Choose another with --port.\n"


def test_the_settings_reach_the_server(viewer_process, root, make_run):
    make_run("one")
    url = viewer_process(root, "--cors", "none", "--allow-host", "box.example")

    assert [run["id"] for run in json.loads(get(f"{url}/api/runs")[0])] == ["one"]
    request = urllib.request.Request(
        f"{url}/api/runs", headers={"Origin": "https://evil.example", "Host": "box.example"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers.get("Access-Control-Allow-Origin") is None


def test_the_port_and_level_can_come_from_variables(run_cli, root, monkeypatch):
    asked = {}
    monkeypatch.setattr("runicorn.viewer.serve.serve", lambda root, **settings: asked.update(settings))

    run_cli("viewer", "--storage", root, env={"RUNICORN_VIEWER_PORT": "12345", "RUNICORN_LOG_LEVEL": "debug"})
    assert (asked["port"], asked["log_level"], asked["host"]) == (12345, "DEBUG", "127.0.0.1")
    assert (asked["cors"], asked["remote_mode"], asked["trusted_proxies"]) == (("*",), False, 0)


def test_the_far_end_of_a_tunnel_listens_on_its_own_machine_alone(run_cli, root, monkeypatch):
    asked = {}
    monkeypatch.setattr("runicorn.viewer.serve.serve", lambda root, **settings: asked.update(settings))

    run_cli("viewer", "--storage", root, "--remote-mode", "--host", "0.0.0.0", "--idle-seconds", "60")
    assert (asked["host"], asked["remote_mode"], asked["idle_seconds"]) == ("127.0.0.1", True, 60.0)


def test_the_address_is_announced_and_opened_when_asked(run_cli, root, monkeypatch):
    from runicorn.viewer.serve import Address

    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(
        "runicorn.viewer.serve.serve", lambda root, *, on_ready, **_: on_ready(Address("127.0.0.1", 5, "secret"))
    )

    assert run_cli("viewer", "--storage", root).stdout == f"Runicorn shows {root} at http://127.0.0.1:5/?token=secret\n"
    assert run_cli("viewer", "--storage", root, "--no-open-browser").exit_code == 0
    assert opened == []
    run_cli("viewer", "--storage", root, "--open")
    assert opened == ["http://127.0.0.1:5/?token=secret"]


def test_the_demo_has_a_root_of_its_own(run_cli, root):
    result = run_cli("viewer", "--demo", "--storage", root)

    assert result.exit_code == 2
    assert "leave --storage out" in result.stderr


def test_each_demo_starts_afresh(own_folders):
    first = make_folder()
    (first / "left").touch()
    other = first.with_name("999999999")
    other.mkdir()
    (first.parent / "mine").mkdir()

    assert make_folder() == first
    assert list(first.iterdir()) == []
    assert sorted(path.name for path in first.parent.iterdir()) == sorted([first.name, "mine"])


def test_a_model_is_trained_through_the_sdk(root):
    for recipe in (RECIPES[3], RECIPES[-1]):
        train(recipe, root)

    with Reader(root) as reader:
        runs = {run.name: run for run in reader.runs.list_runs(project=PROJECT)}
        facts = {name: {fact.name: fact for fact in reader.metrics.facts(run)} for name, run in runs.items()}
        images = reader.media.list(runs["mlp-8"], ["image"])
        (weights,) = reader.artifacts.of_run(runs["mlp-8"])[0][-1:]
        log = reader.logs.read(runs["mlp-8"]).lines

    assert facts["mlp-8"]["val/accuracy"].max > 0.8
    assert facts["mlp-8"]["train/loss"].last < facts["mlp-8"]["train/loss"].max
    assert facts["diverging"]["train/loss"].first_nonfinite_step > 1
    assert runs["diverging"].summary["val_accuracy"] < 0.5
    assert {image.key for image in images} == {"regions", "confusion"}
    assert all(image.file is not None for image in images)
    assert (weights.name, weights.type) == ("iris-mlp-8", "model")
    assert log[-1].endswith("done")


@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN], ids=["terminal", "background"])
def test_training_ends_with_the_process_that_started_it(root, handler):
    """Ended by nothing but the end of its input, as when its parent is killed; what starts in a shell's background
    ignores SIGINT."""
    train(RECIPES[0], root)
    before = signal.signal(signal.SIGINT, handler)
    process = background.start(root)
    signal.signal(signal.SIGINT, before)
    wait_for(lambda: list(root.glob("iris/live/runs/*/events.jsonl")))
    process.stdin.close()

    assert process.wait(timeout=15) == 0
    with Reader(root) as reader:
        status = {run.name: run.status for run in reader.runs.list_runs()}
    assert set(status) == {"softmax", "mlp-8", "mlp-16", "mlp-16-16", "diverging", "live"}
    assert status.pop("live") == "interrupted"
    assert set(status.values()) == {"finished"}


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_the_demo_shows_itself_and_leaves_no_process(own_folders):
    command = [sys.executable, "-P", "-m", "runicorn", "viewer", "--demo", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = re.search(r"http://\S+/", process.stdout.readline())[0]

    def runs():
        return {run["name"]: run for run in json.loads(get(f"{url}api/runs")[0])}

    softmax = runs()["softmax"]
    wait_for(lambda: "mlp-8" in runs())
    trainer = runs()["mlp-8"]["pid"]
    page, _ = get(f"{url}runs/{softmax['id']}")
    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=20) == 0
    assert softmax["status"] == "finished"
    assert softmax["id"] in page
    assert process_start(trainer) is None
    assert "Traceback" not in process.communicate()[1]
