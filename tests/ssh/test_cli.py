"""`runicorn remote`: one line from the terminal to the far machine's runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest
from conftest import demand

from runicorn.cli.far_login import parse_login
from runicorn.config import config_dir
from runicorn.errors import InvalidInput
from runicorn.remote.host_keys import HostKey, HostKeys

REMOTE = [sys.executable, "-m", "runicorn", "remote"]


@pytest.fixture
def login(server, account) -> str:
    """The server as HOST, its key trusted by this user."""
    HostKeys(config_dir() / "known_hosts").accept(HostKey("127.0.0.1", server.port, *server.public_key().split()))
    return f"{account.name}@127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("gpu", (None, "gpu", None)),
        ("me@gpu", ("me", "gpu", None)),
        ("me@corp@gpu:2222", ("me@corp", "gpu", 2222)),
        ("[fe80::1]:22", (None, "fe80::1", 22)),
        ("fe80::1", (None, "fe80::1", None)),
    ],
)
def test_a_login_is_taken_apart(text, parts):
    assert parse_login(text) == parts


def test_a_login_with_an_odd_port_is_refused():
    with pytest.raises(InvalidInput, match="names no host"):
        parse_login("gpu:ssh")


def test_one_line_shows_the_far_runs_until_ctrl_c(login, user_key, far_python, published_root):
    options = ["--root", str(published_root), "--env", "project", "-i", str(user_key), "--no-open-browser"]
    with subprocess.Popen(
        [*REMOTE, login, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as near:
        line = near.stdout.readline()
        url = line.split()[-1]
        assert line.startswith(f"127.0.0.1:{published_root} is at http://localhost:"), near.stderr.read()
        token = url.partition("token=")[2]
        request = urllib.request.Request(
            url.partition("?")[0].replace("localhost", "127.0.0.1") + "api/runs",
            headers={"Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200
        near.send_signal(signal.SIGINT)
        _, said = near.communicate(timeout=30)
    assert near.returncode == 0, said
    assert "Ctrl-C stops it." in said
    assert "Traceback" not in said


def test_a_report_comes_back_as_one_file(login, user_key, account, far_python, published_root, published_ids, tmp_path):
    out = tmp_path / "runs.csv"
    options = ["--root", str(published_root), "--env", "project", "-i", str(user_key)]
    done = subprocess.run([*REMOTE, "export", login, "--out", str(out), *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{out}: {out.stat().st_size} bytes\n"
    assert published_ids["train"] in out.read_text()
    assert list(tmp_path.glob(".*")) == []

    options += ["--run-id", "$(touch pwn)"]
    done = subprocess.run([*REMOTE, "export", login, "--out", str(out), *options], capture_output=True, text=True)
    assert done.returncode != 0
    assert not list(account.home.rglob("pwn"))


def test_a_folder_is_no_file_to_bring_back(login):
    done = subprocess.run([*REMOTE, "export", login, "--out", "site"], capture_output=True, text=True)
    assert (done.returncode, "must be one file" in done.stderr) == (2, True)


def test_an_unknown_key_stops_a_script(server, account, user_key):
    command = [*REMOTE, f"{account.name}@127.0.0.1:{server.port}", "-i", str(user_key)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode != 0
    assert f"The host key of [127.0.0.1]:{server.port} is not known: ssh-ed25519 SHA256:" in done.stderr
    assert server.login_attempts() == []


def test_a_changed_key_is_told_loudly(login, server, user_key):
    server.stop()
    server.change_host_key()
    server.start()
    command = [*REMOTE, login, "-i", str(user_key)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode != 0
    assert "HAS CHANGED" in done.stderr
    assert server.login_attempts() == []


def test_a_person_is_asked_for_the_key_and_the_password(make_server, account, password, far_python, root):
    """On a terminal of its own, made by script(1)."""
    demand(Path("/usr/bin/script").exists(), "script(1) is not installed")
    server = make_server(PasswordAuthentication="yes")
    command = (
        " ".join(REMOTE) + f" {account.name}@127.0.0.1:{server.port} --root {root} --env project --no-open-browser"
    )
    terminal = subprocess.Popen(
        ["script", "-qec", command, "/dev/null"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "SSH_AUTH_SOCK": ""},
    )
    said = read_until(terminal, rb"machine you mean\?")
    assert re.search(rb"ssh-ed25519 SHA256:\S+", said)
    answer(terminal, "y")
    read_until(terminal, rb"password: ")
    answer(terminal, password)
    said = read_until(terminal, rb"is at http://localhost:\d+/\?token=\S+")
    assert password.encode() not in said
    for process in psutil.Process(terminal.pid).children(recursive=True):
        if "runicorn" in process.cmdline():
            process.send_signal(signal.SIGINT)
    terminal.communicate(timeout=30)
    assert terminal.returncode == 0


def read_until(terminal: subprocess.Popen, pattern: bytes) -> bytes:
    said = b""
    while not re.search(pattern, said):
        data = os.read(terminal.stdout.fileno(), 4096)
        assert data, said.decode()
        said += data
    return said


def answer(terminal: subprocess.Popen, text: str) -> None:
    terminal.stdin.write(text.encode() + b"\n")
    terminal.stdin.flush()
