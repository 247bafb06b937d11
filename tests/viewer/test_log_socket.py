"""The log of a run, line by line. Cases 56 and 74."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from runicorn.viewer import sockets
from runicorn.viewer.api import logs

RUN = "20250601_120000_a1b2c3"


def frames(socket, count):
    return [socket.recv(timeout=10) for _ in range(count)]


def test_the_lines_there_are_sent_in_order_and_new_ones_as_they_come(make_run, listen):
    folder = make_run(RUN, logs="one\n\n  \ntwo ä\n")
    with connect(f"ws://{listen()}/api/runs/{RUN}/logs/ws") as page:
        assert frames(page, 2) == ["one", "two ä"]
        with (folder / "logs.txt").open("a") as file:
            file.write("three\nfour\n")
        assert frames(page, 2) == ["three", "four"]


def test_an_unknown_run_is_told_and_the_socket_closed(listen):
    with connect(f"ws://{listen()}/api/runs/no-such/logs/ws") as page:
        assert page.recv(timeout=10) == "[error] run not found"
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=10)
    assert closed.value.rcvd.code == 1000


def test_a_run_in_the_recycle_bin_has_no_log(make_run, listen):
    (make_run(RUN, logs="one\n") / ".deleted").write_text("{}")
    with connect(f"ws://{listen()}/api/runs/{RUN}/logs/ws") as page:
        assert page.recv(timeout=10) == "[error] run not found"


def test_a_log_that_begins_later_is_waited_for(make_run, listen):
    folder = make_run(RUN)
    with connect(f"ws://{listen()}/api/runs/{RUN}/logs/ws") as page:
        assert page.recv(timeout=10) == logs.WAITING
        (folder / "logs.txt").write_text("first\n")
        assert frames(page, 2) == [logs.AVAILABLE, "first"]


def test_of_a_long_log_the_end_is_sent(make_run, listen):
    make_run(RUN, logs="".join(f"line {i}\n" for i in range(12_345)))
    with connect(f"ws://{listen()}/api/runs/{RUN}/logs/ws") as page:
        assert page.recv(timeout=10) == "[info] Showing last 10000 lines. Full log file: logs.txt"
        assert frames(page, 10_000) == [f"line {i}" for i in range(2_345, 12_345)]


def test_a_log_that_is_replaced_or_cut_is_followed_on(make_run, listen):
    folder = make_run(RUN, logs="old one\nold two\n")
    with connect(f"ws://{listen()}/api/runs/{RUN}/logs/ws") as page:
        assert frames(page, 2) == ["old one", "old two"]
        (folder / "new").write_text("new one\n")
        (folder / "new").replace(folder / "logs.txt")
        assert frames(page, 1) == ["new one"]
        (folder / "logs.txt").write_text("cut\n")
        assert frames(page, 1) == ["cut"]


def test_a_log_that_is_a_link_is_not_followed(make_run, listen, tmp_path):
    """Case 41."""
    (tmp_path / "secret").write_text("secret\n")
    (make_run(RUN) / "logs.txt").symlink_to(tmp_path / "secret")
    with connect(f"ws://{listen()}/api/runs/{RUN}/logs/ws") as page:
        assert page.recv(timeout=10) == logs.WAITING
        with pytest.raises(TimeoutError):
            page.recv(timeout=0.5)


def test_an_hour_of_silence_ends_it(make_run, listen, monkeypatch):
    monkeypatch.setattr(logs, "SILENCE_SECONDS", 0.3)
    make_run(RUN, logs="one\n")
    with connect(f"ws://{listen()}/api/runs/{RUN}/logs/ws") as page:
        assert frames(page, 2) == ["one", "[info] Connection timeout after 1 hour of inactivity"]
        with pytest.raises(ConnectionClosed):
            page.recv(timeout=10)


def test_one_client_has_ten_sockets_and_a_place_is_free_again_when_one_ends(make_run, listen):
    make_run(RUN, logs="one\n")
    address = f"ws://{listen()}/api/runs/{RUN}/logs/ws"
    with ExitStack() as stack:
        sockets = [stack.enter_context(connect(address)) for _ in range(10)]
        assert {socket.recv(timeout=10) for socket in sockets} == {"one"}
        assert refusal(address) == 429
        sockets[0].close()
        while refusal(address) == 429:
            pass


def refusal(address, **options):
    """The status a socket is refused with, None when it opens."""
    try:
        with connect(address, **options):
            return None
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", [f"/api/runs/{RUN}/logs/ws", "/api/live"])
def test_a_page_of_another_origin_gets_no_socket(make_run, listen, headers, path):
    """Case 56."""
    make_run(RUN, logs="one\n")

    assert refusal(f"ws://{listen()}{path}", additional_headers=headers) == 403


def test_with_a_token_a_socket_needs_it(make_run, listen):
    make_run(RUN, logs="one\n")
    address = f"ws://{listen(token='s3cret')}/api/runs/{RUN}/logs/ws"
    assert refusal(address) == 401
    with connect(f"{address}?token=s3cret") as page:
        assert page.recv(timeout=10) == "one"


def test_the_own_origin_gets_a_socket(make_run, listen):
    make_run(RUN, logs="one\n")
    server = listen()
    with connect(f"ws://{server}/api/runs/{RUN}/logs/ws", origin=f"http://{server}") as page:
        assert page.recv(timeout=10) == "one"


def test_a_giant_message_of_a_client_ends_its_socket(make_run, listen):
    """Case 50 of the peers: at most 64 kB."""
    make_run(RUN, logs="one\n")
    with connect(f"ws://{listen()}/api/runs/{RUN}/logs/ws") as page, pytest.raises(ConnectionClosed):
        assert page.recv(timeout=10) == "one"
        page.send("x" * 1_000_000)
        page.recv(timeout=10)


def test_a_stopping_server_says_goodbye(make_run, listen, stop_viewers):
    make_run(RUN, logs="one\n")
    with connect(f"ws://{listen()}/api/runs/{RUN}/logs/ws") as page:
        assert page.recv(timeout=10) == "one"
        stop_viewers()
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=10)
    assert closed.value.rcvd.code == 1001


def test_a_client_that_does_not_read_is_dropped_and_the_others_are_served(
    make_run, listen, places_given_back, monkeypatch
):
    """Case 74."""
    monkeypatch.setattr(sockets, "SEND_SECONDS", 1)
    make_run(RUN, logs="".join(f"{i} {'x' * 2000}\n" for i in range(10_000)))
    server = listen()
    with slow_client(server) as idle:
        assert idle.recv(100).startswith(b"HTTP/1.1 101")
        with connect(f"ws://{server}/api/runs/{RUN}/logs/ws") as reading:
            assert [line.split()[0] for line in frames(reading, 10_000)] == [str(i) for i in range(10_000)]
        for _ in range(2):
            assert places_given_back.acquire(timeout=60)
        read = 0
        while data := idle.recv(1 << 20):
            read += len(data)
        assert read < 10_000 * 2000


@pytest.fixture
def places_given_back(monkeypatch):
    """Return a semaphore that counts the sockets that have ended on the server's side."""
    ended = threading.Semaphore(0)

    class Counting(sockets.Registry):
        def release(self, kind, client):
            super().release(kind, client)
            ended.release()

    monkeypatch.setattr(sockets, "Registry", Counting)
    return ended


def slow_client(server):
    """Ask for the log over a plain connection with a small buffer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, _, port = server.partition(":")
    client.connect((host, int(port)))
    client.settimeout(20)
    client.sendall(
        f"GET /api/runs/{RUN}/logs/ws HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    return client
