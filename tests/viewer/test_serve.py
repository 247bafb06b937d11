"""The real server in a process of its own: start, stop, ports, token."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from runicorn.errors import InvalidInput, PortInUse, StorageNotFound
from runicorn.viewer.serve import Address, listen, serve

RUN = "20250601_120000_a1b2c3"
SERVE = """
import sys
from runicorn.viewer.serve import serve
options = eval(sys.argv[2])
serve(sys.argv[1], on_ready=lambda address: print(address.url, flush=True), **options)
print("ended", flush=True)
"""


@pytest.fixture
def start(root):
    """Serve `root` in a process of its own: `start(port=0, ...)` -> the process, with its `url`."""
    processes = []

    def run(**options):
        command = [sys.executable, "-c", SERVE, str(root), repr({"port": 0, **options})]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        process.url = process.stdout.readline().strip()
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        return json.loads(answer.read())


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_within_two_seconds_with_sockets_open(make_run, start, name):
    make_run(RUN, logs="one\n")
    process = start()
    address = process.url.removeprefix("http://")
    get(process.url + "api/health")
    with connect(f"ws://{address}api/runs/{RUN}/logs/ws") as log, connect(f"ws://{address}api/live") as live:
        assert log.recv(timeout=20) == "one"
        live.send('{"type": "watch", "list": true}')
        process.send_signal(getattr(signal, name))
        began = time.monotonic()
        with pytest.raises(ConnectionClosed) as closed:
            log.recv(timeout=20)
        out, error = process.communicate(timeout=20)
    assert (process.returncode, out, error) == (0, "ended\n", "")
    assert closed.value.rcvd.code == 1001
    assert time.monotonic() - began < 2


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_requests_that_arrive_together_with_the_signal_do_not_upset_the_end(start):
    process = start()
    address = process.url.removeprefix("http://").rstrip("/")
    host, _, port = address.partition(":")
    with ExitStack() as stack:
        kept = [stack.enter_context(socket.create_connection((host, int(port)), timeout=20)) for _ in range(5)]
        request = f"GET /api/health HTTP/1.1\r\nHost: {address}\r\n\r\n".encode()
        for connection in kept:
            connection.sendall(request)
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
        time.sleep(0.2)
        process.send_signal(signal.SIGSTOP)
        for connection in kept:
            connection.sendall(request)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        out, error = process.communicate(timeout=20)
    assert (process.returncode, out, error) == (0, "ended\n", "")


def test_clients_that_leave_their_connections_open_hold_up_nobody(start):
    process = start()
    address = process.url.removeprefix("http://").rstrip("/")
    host, _, port = address.partition(":")
    request = f"GET /api/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode()
    with ExitStack() as stack:
        for _ in range(10):
            lazy = stack.enter_context(socket.create_connection((host, int(port)), timeout=20))
            lazy.sendall(request)
            assert lazy.recv(100).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        get(process.url + "api/health")
        assert time.monotonic() - began < 10


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_it_outlives_its_terminal_when_told_to(start, monkeypatch):
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start()
    finally:
        signal.signal(signal.SIGHUP, previous)
    get(process.url + "api/health")
    process.send_signal(signal.SIGHUP)

    assert get(process.url + "api/health")["status"] == "ok"


def test_nobody_asking_ends_it(start):
    process = start(idle_seconds=0.5)

    out, _ = process.communicate(timeout=20)

    assert (process.returncode, out) == (0, "ended\n")


def test_a_port_that_is_taken_is_named(root):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            serve(root, port=port)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("no.such.host.invalid", 0), ("127.0.0.1", 70000)])
def test_an_address_that_is_not_ours_is_refused(root, host, port):
    with pytest.raises(InvalidInput, match=str(port)):
        serve(root, host=host, port=port)


def test_a_root_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StorageNotFound, match="nowhere"):
        serve(tmp_path / "nowhere", port=0)


def test_remote_mode_demands_a_token_on_loopback_too(start):
    process = start(remote_mode=True)
    url, _, query = process.url.partition("?")

    with pytest.raises(urllib.error.HTTPError) as refused:
        get(url + "api/health")

    assert refused.value.code == 401
    refused.value.close()
    assert get(f"{url}api/health?{query}")["remote_mode"] is True
    assert get(url + "api/health", Authorization="Bearer " + query.removeprefix("token="))["status"] == "ok"


def test_the_token_of_the_environment_is_taken(start, monkeypatch):
    monkeypatch.setenv("RUNICORN_VIEWER_TOKEN", "s3cret")

    assert start().url.endswith("/?token=s3cret")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (Address("127.0.0.1", 23300, None), "http://127.0.0.1:23300/"),
        (Address("::1", 80, "t"), "http://[::1]:80/?token=t"),
        (Address("0.0.0.0", 1, "t"), f"http://{socket.gethostname()}:1/?token=t"),
    ],
)
def test_the_start_address_can_be_opened(address, url):
    assert address.url == url


def test_connections_wait_from_the_moment_the_port_is_taken():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        pass
