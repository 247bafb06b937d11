"""A far viewer really started, looked at through its tunnel, and gone afterwards, whatever ended it."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from accounts import own

from runicorn.remote import keeper as keeper_module
from runicorn.remote import session as session_module
from runicorn.remote.environments import Environment, find_environment
from runicorn.remote.errors import ViewerStartFailed
from runicorn.remote.session import ViewerSession
from runicorn.remote.viewers import Viewers

ODD_ROOTS = ["a; touch pwn", "$(touch pwn)", "-oProxyCommand=touch pwn", "a\ntouch pwn", "~x", 'it\'s "a"']


@pytest.fixture
def far_root(account, far_python, published_root) -> Path:
    """A storage root with runs on the far machine."""
    folder = account.home / "runs"
    published_root.rename(folder)
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.fixture
def viewers(pool):
    viewers = Viewers()
    yield viewers
    viewers.stop_all()


@pytest.fixture
def environment(connection, far_python) -> Environment:
    return find_environment(connection, "project")


def get(session: ViewerSession, path: str, *, token: bool = True) -> tuple[int, bytes]:
    """Ask the far viewer through the tunnel."""
    headers = {"Authorization": f"Bearer {session.url.partition('token=')[2]}"} if token else {}
    connection = http.client.HTTPConnection("127.0.0.1", session.local_port, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def wait_for(condition, what: str, timeout: float = 20.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_far_viewer_shows_the_far_runs(viewers, connection, environment, far_root, published_ids):
    session = viewers.start(ViewerSession(connection, environment, str(far_root)))

    assert (session.status, session.is_active, session.warnings) == ("running", True, ())
    assert session.latency_s is not None
    assert session.latency_s < 5
    runs = json.loads(get(session, "/api/runs")[1])
    assert published_ids["train"] in {run["id"] for run in runs}
    assert viewers.get(session.id) is session

    command = psutil.Process(session.far_pid).cmdline()
    assert command[1:] == [
        *("-m", "runicorn", "viewer", "--storage", str(far_root), "--host", "127.0.0.1"),
        *("--port", str(session.far_port), "--remote-mode", "--log-level", "INFO"),
    ]


def test_who_has_no_token_gets_nothing(viewers, connection, environment, far_root):
    session = viewers.start(ViewerSession(connection, environment, str(far_root)))
    token = session.url.partition("token=")[2]

    assert session.protected
    assert get(session, "/api/runs", token=False)[0] == 401
    assert get(session, "/", token=False)[0] == 401
    with socket.create_connection(("127.0.0.1", session.far_port)) as direct:
        direct.sendall(b"GET /api/runs HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b" 401 " in direct.recv(100)
    shown = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not any(token in line for line in shown)


def test_near_and_far_listen_on_loopback_only(viewers, connection, environment, far_root):
    session = viewers.start(ViewerSession(connection, environment, str(far_root)))
    listening = subprocess.run(["ss", "-ltnH"], capture_output=True, text=True, check=True).stdout.split("\n")
    for port in (session.local_port, session.far_port):
        addresses = [line.split()[3] for line in listening if line and line.split()[3].endswith(f":{port}")]
        assert addresses == [f"127.0.0.1:{port}"]


def test_stopping_ends_the_far_viewer_and_frees_both_ports(viewers, connection, environment, far_root):
    session = viewers.start(ViewerSession(connection, environment, str(far_root)))
    pid, ports = session.far_pid, (session.local_port, session.far_port)

    viewers.stop(session.id)

    assert not psutil.pid_exists(pid)
    assert all(is_free(port) for port in ports)
    assert (session.status, viewers.sessions()) == ("stopped", [])
    assert connection.is_active


@pytest.mark.parametrize("name", ODD_ROOTS)
def test_a_root_of_any_name_is_one_path(viewers, connection, environment, account, name):
    folder = account.home / "odd" / name
    folder.mkdir(parents=True)
    own(account, folder)
    session = viewers.start(ViewerSession(connection, environment, f"~/odd/{name}"))
    command = psutil.Process(session.far_pid).cmdline()
    assert command[command.index("--storage") + 1] == str(folder)
    assert json.loads(get(session, "/api/config")[1])["storage"] == str(folder)
    viewers.stop(session.id)
    assert not list(account.home.rglob("pwn"))
    subprocess.run(["rm", "-rf", str(account.home / "odd")], check=True)


def test_a_dropped_link_is_taken_up_again_behind_the_same_address(viewers, connection, environment, far_root, server):
    session = viewers.start(ViewerSession(connection, environment, str(far_root)))
    url, pid = session.url, session.far_pid

    server.hang_up()
    wait_for(lambda: not psutil.pid_exists(pid), "the far viewer outlived its link")
    wait_for(lambda: session.far_pid != pid and session.is_active, "the session did not come back")

    assert session.url == url
    assert get(session, "/api/runs")[0] == 200


def test_a_link_that_stays_down_ends_the_session(viewers, connection, environment, far_root, server, monkeypatch):
    monkeypatch.setattr(session_module, "GIVE_UP_S", 1.0)
    session = viewers.start(ViewerSession(connection, environment, str(far_root)))

    server.stop()
    wait_for(lambda: session.status == "stopped", "the session did not give up")

    assert "Connection refused" in session.error
    assert is_free(session.local_port)


def test_silence_ends_the_far_viewer(viewers, connection, environment, far_root, monkeypatch):
    """The near machine is gone without a word: no beat comes, and the connection stays open."""
    monkeypatch.setattr(session_module, "BEAT_S", 3600.0)
    session = viewers.start(ViewerSession(connection, environment, str(far_root), patience_s=6.0))
    pid = session.far_pid
    wait_for(lambda: not psutil.pid_exists(pid), "the far viewer outlived the silence")


def test_a_far_viewer_that_dies_is_reported(viewers, connection, environment, far_root, monkeypatch):
    monkeypatch.setattr(session_module, "BEAT_S", 0.1)
    session = viewers.start(ViewerSession(connection, environment, str(far_root)))
    for process in (*psutil.Process(session.far_pid).children(recursive=True), psutil.Process(session.far_pid)):
        process.kill()
    wait_for(lambda: session.status == "stopped", "the end was not noticed")
    assert session.error.startswith("the far viewer ended")


def test_killing_the_keeper_ends_the_far_viewer(viewers, connection, environment, far_root, monkeypatch):
    session = viewers.start(ViewerSession(connection, environment, str(far_root)))
    pid = session.far_pid
    keeper = psutil.Process(pid).parent()
    assert "job['source']" in " ".join(keeper.cmdline())
    keeper.kill()
    wait_for(lambda: not psutil.pid_exists(pid), "the far viewer outlived its keeper")


NEAR = """
import sys
from runicorn.remote.credentials import Credentials
from runicorn.remote.environments import find_environment
from runicorn.remote.host_keys import HostKeys
from runicorn.remote.pool import Pool
from runicorn.remote.session import ViewerSession
from runicorn.remote.viewers import Viewers
from pathlib import Path

known, port, user, key, root = sys.argv[1:]
connection = Pool(HostKeys(Path(known))).connect(
    "127.0.0.1", port=int(port), username=user, credentials=Credentials(private_key_path=key, use_agent=False)
)
session = Viewers().start(ViewerSession(connection, find_environment(connection, "project"), root))
print(session.far_pid, flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("ending", ["exit", "kill"])
def test_the_far_viewer_ends_with_the_near_one(
    ending, server, account, far_python, far_root, host_keys, trust, user_key
):
    trust(server)
    command = [sys.executable, "-c", NEAR, str(host_keys.own), str(server.port), account.name, str(user_key)]
    with subprocess.Popen([*command, str(far_root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as near:
        pid = int(near.stdout.readline())
        assert psutil.pid_exists(pid)
        if ending == "kill":
            near.send_signal(signal.SIGKILL)
        else:
            near.stdin.close()
        near.wait(timeout=20)
    wait_for(lambda: not psutil.pid_exists(pid), "the far viewer outlived the near one")


def test_an_environment_without_runicorn_gets_the_exact_command(viewers, connection, far_root):
    python = Environment("bare", "system", "/usr/bin/python 3", "/usr", "Python 3.11.2", None)
    with pytest.raises(ViewerStartFailed, match=r"Install it there with: '/usr/bin/python 3' -m pip install runicorn"):
        viewers.start(ViewerSession(connection, python, str(far_root)))


def test_what_the_far_viewer_said_last_is_passed_on(viewers, connection, environment):
    with pytest.raises(ViewerStartFailed, match=r"the far viewer ended: .*/nowhere/at/all"):
        viewers.start(ViewerSession(connection, environment, "/nowhere/at/all"))
    assert viewers.sessions() == []


@pytest.mark.parametrize("side", ["local", "remote"])
def test_a_port_that_is_taken_is_named(viewers, connection, environment, far_root, side):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ViewerStartFailed, match=f"port {port} is in use"):
            viewers.start(ViewerSession(connection, environment, str(far_root), **{f"{side}_port": port}))


def test_a_port_that_goes_to_somebody_quicker_is_left_to_them(viewers, connection, environment, far_root, monkeypatch):
    """The first port looks free to the keeper and is not when the viewer comes to it."""
    source = keeper_module.far_source("keeper.py")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        late = source.replace("range(8080, 9000)", f"[*([{port}] if not tried else []), *range(8080, 9000)]").replace(
            "        if is_free(port):\n            return port",
            "        if port not in tried:\n            tried.append(port)\n            return port",
        )
        assert late != source
        monkeypatch.setattr(keeper_module, "far_source", lambda name: "tried = []\n" + late)
        session = viewers.start(ViewerSession(connection, environment, str(far_root)))
        assert session.far_port != port
        assert get(session, "/api/runs")[0] == 200


def test_many_callers_at_once_are_served(viewers, connection, environment, far_root):
    session = viewers.start(ViewerSession(connection, environment, str(far_root)))
    callers = [socket.create_connection(("127.0.0.1", session.local_port), timeout=20) for _ in range(20)]
    token = session.url.partition("token=")[2]
    for caller in callers:
        request = f"GET /api/health HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        caller.sendall(request.encode())
    for caller in callers:
        assert b" 200 " in caller.recv(1000)
        caller.close()
