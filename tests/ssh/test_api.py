"""The remote calls of the viewer, beyond what was recorded."""

from __future__ import annotations

import http.client
import json
import logging
import os
import subprocess
import threading
from pathlib import Path

import keyring
import psutil
import pytest
from keyring.backends import fail

from runicorn import __version__
from runicorn.viewer.rates import Rates

CANARY = "hunter2-canary"


@pytest.fixture
def login(server, account, user_key) -> dict:
    return {
        "host": "127.0.0.1",
        "port": server.port,
        "username": account.name,
        "private_key_path": str(user_key),
        "use_agent": False,
    }


@pytest.fixture
def accept(client):
    """Trust the key that a connect with this body is refused for."""

    def accept(body: dict) -> None:
        key = client.post("/api/remote/connect", json=body).json["detail"]["host_key"]
        del key["known_hosts_host"], key["reason"]
        assert client.post("/api/remote/known-hosts/accept", json=key).json == {"ok": True}

    return accept


@pytest.fixture
def connection_id(client, login, accept) -> str:
    accept(login)
    return client.post("/api/remote/connect", json=login).json["connection_id"]


@pytest.fixture
def session(client, connection_id, far_python, root) -> dict:
    body = {"connection_id": connection_id, "remote_root": str(root), "conda_env": "project"}
    answer = client.post("/api/remote/viewer/start", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_session_has_the_names_of_the_recording_and_of_the_client(client, session, connection_id, root):
    assert session["session"]["sessionId"] == session["session_id"]
    assert session["message"] == f"Remote Viewer ready at http://localhost:{session['local_port']}"
    assert (session["remote_root"], session["connection_id"]) == (str(root), connection_id)
    assert (session["environment"], session["runicorn_version"]) == ("project", __version__)
    assert (session["protected"], session["warnings"], session["step"]) == (True, [], "running")
    assert session["latency_ms"] > 0
    status = client.get("/api/remote/status").json
    assert (status["connection_count"], status["viewer_session_count"]) == (1, 1)


def test_the_address_of_a_session_opens_in_a_browser(session):
    """The token becomes a cookie, and the page is there without it in the address."""
    connection = http.client.HTTPConnection("127.0.0.1", session["local_port"], timeout=10)
    host = {"Host": f"localhost:{session['local_port']}"}
    connection.request("GET", session["url"].partition(str(session["local_port"]))[2], headers=host)
    answer = connection.getresponse()
    answer.read()
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    connection.request("GET", "/", headers={**host, "Cookie": answer.headers["Set-Cookie"].partition(";")[0]})
    page = connection.getresponse()
    assert (page.status, b"<html" in page.read()) == (200, True)
    connection.close()


def test_hanging_up_stops_the_far_viewers_of_the_connection(client, session, login):
    assert client.post("/api/remote/disconnect", json=login).json == {"ok": True, "message": "Connection removed"}
    assert client.get("/api/remote/viewer/sessions").json == {"sessions": []}
    assert not psutil.pid_exists(session["session"]["remotePid"])


def test_a_far_viewer_opens_no_connections_of_its_own(make_client, session, root):
    far = make_client(remote_mode=True, token="t")
    for path in ("/api/remote/status", "/api/remote/known-hosts/list", "/api/config/ssh_connections"):
        assert far.get(path, headers={"Authorization": "Bearer t"}).status_code == 403
    connection = http.client.HTTPConnection("127.0.0.1", session["local_port"], timeout=10)
    token = session["url"].partition("token=")[2]
    connection.request("GET", "/api/remote/status", headers={"Authorization": f"Bearer {token}"})
    assert connection.getresponse().status == 403
    connection.close()


def test_an_environment_without_runicorn_is_answered_with_the_command(client, connection_id, account, far_python, root):
    folder = account.home / ".virtualenvs" / "bare"
    subprocess.run(["python3", "-m", "venv", "--without-pip", str(folder)], check=True)
    try:
        query = {"connection_id": connection_id, "conda_env": "bare"}
        setup = client.get("/api/remote/config", query_string=query).json
        assert setup["runicornVersion"] is None
        command = f"{folder}/bin/python3 -m pip install runicorn"
        assert setup["installCommand"] == command
        answer = client.post("/api/remote/viewer/start", json={**query, "remote_root": str(root)})
        assert answer.status_code == 500
        assert answer.json["detail"] == (
            "Failed to start Remote Viewer: Runicorn is not installed in the environment 'bare'. "
            f"Install it there with: {command}"
        )
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("GET", "conda-envs?connection_id=x", None, 400, "Invalid connection_id format: x"),
        ("GET", "conda-envs?connection_id=u@h:22", None, 404, "Connection not found or inactive: u@h:22"),
        ("GET", "config?connection_id=u@h:22", None, 404, "Connection not found or inactive: u@h:22"),
        ("GET", "fs/list?connection_id=x", None, 400, "Invalid connection_id format: x"),
        ("GET", "fs/exists?connection_id=u@h:22&path=/", None, 404, "Connection not found or inactive: u@h:22"),
        ("POST", "viewer/stop", {"session_id": "x"}, 404, "Session not found: x"),
        ("POST", "viewer/start", {"remote_root": "/x"}, 400, "Name a connection_id, or host and username."),
        ("POST", "connect", {"host": "a b", "username": "u"}, 400, "Invalid host"),
        ("POST", "known-hosts/remove", {"host": "a b", "port": 22, "key_type": "x"}, 400, "Invalid host"),
    ],
)
def test_refusals_are_told_as_documented(client, method, path, body, status, detail):
    answer = client.open(f"/api/remote/{path}", method=method, json=body)
    assert (answer.status_code, answer.json) == (status, {"detail": detail})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("connect", {}),
        ("connect", {"host": "h"}),
        ("connect", {"host": "h", "username": "u", "port": 70000}),
        ("connect", {"host": "h", "username": "u", "port": "ssh"}),
        ("disconnect", {"host": "h"}),
        ("viewer/start", {"connection_id": "u@h:22"}),
        ("viewer/start", {"connection_id": "u@h:22", "remote_root": "/", "local_port": 0}),
        ("known-hosts/accept", {"host": "h", "port": 22, "key_type": "t", "public_key": "", "fingerprint_sha256": "f"}),
        ("known-hosts/accept", {"host": "h", "port": 0, "key_type": "t", "public_key": "k", "fingerprint_sha256": "f"}),
        ("connections/saved", {"not": "a list"}),
        ("connections/saved", [1]),
    ],
)
def test_bodies_of_the_wrong_shape_are_422(client, path, body):
    answer = client.post(f"/api/remote/{path}", json=body)
    assert answer.status_code == 422
    assert {"loc", "msg", "type"} <= answer.json["detail"][0].keys()


def test_a_failed_login_while_starting_is_told_as_a_failed_start(client, login, accept, root):
    accept(login)
    body = {**login, "username": "nobody_here", "remote_root": str(root)}
    answer = client.post("/api/remote/viewer/start", json=body)
    assert (answer.status_code, answer.json["detail"]) == (500, "Failed to start Remote Viewer: Authentication failed.")


def test_an_unknown_key_while_starting_is_the_documented_409(client, login, root):
    answer = client.post("/api/remote/viewer/start", json={**login, "remote_root": str(root)})
    assert answer.status_code == 409
    assert answer.json["detail"]["code"] == "HOST_KEY_CONFIRMATION_REQUIRED"


def test_keys_are_listed_and_removed(client, connection_id, server):
    entry = client.get("/api/remote/known-hosts/list").json["entries"][0]
    assert (entry["port"], f"ssh-ed25519 {entry['key_base64']}") == (server.port, server.public_key())
    body = {"host": "127.0.0.1", "port": server.port, "key_type": "ssh-ed25519"}
    assert client.post("/api/remote/known-hosts/remove", json=body).json == {"ok": True, "changed": True}
    assert client.post("/api/remote/known-hosts/remove", json=body).json == {"ok": True, "changed": False}


def test_five_connects_a_minute_are_allowed(make_client):
    client = make_client(rates=Rates())
    body = {"host": "127.0.0.1", "port": 1, "username": "u", "use_agent": False}
    answers = [client.post("/api/remote/connect", json=body).status_code for _ in range(6)]
    assert answers == [500] * 5 + [429]


def test_the_hosts_of_the_configuration_are_listed(client):
    folder = Path(os.environ["HOME"]) / ".ssh"
    folder.mkdir()
    (folder / "config").write_text("Host gpu\n HostName 10.0.0.7\n Port 2200\n User alice\n ProxyJump gate\n")
    assert client.get("/api/remote/ssh-config").json["hosts"] == [
        {
            "alias": "gpu",
            "address": "10.0.0.7",
            "port": 2200,
            "username": "alice",
            "identity_file": None,
            "jump": "gate",
        }
    ]


@pytest.fixture
def no_keyring():
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


def test_saved_connections_go_round(client, no_keyring):
    body = {"host": "gpu", "username": "alice", "password": CANARY, "remember_password": True}
    assert client.post("/api/config/ssh_connections", json=body).json == {
        "ok": True,
        "message": "SSH connection saved",
        "key": "gpu:22@alice",
        "secrets_saved": False,
    }
    answer = client.get("/api/config/ssh_connections").json
    assert answer["keyring_available"] is False
    assert answer["connections"][0] == {
        "key": "gpu:22@alice",
        "host": "gpu",
        "port": 22,
        "username": "alice",
        "name": "",
        "remember_password": True,
        "auth_method": "password",
        "has_password": False,
        "has_private_key": False,
    }
    details = client.get("/api/config/ssh_connections/gpu%3A22%40alice/details").json
    assert details["connection"]["key"] == "gpu:22@alice"
    for _ in range(2):
        removed = client.delete("/api/config/ssh_connections/gpu%3A22%40alice").json
        assert removed == {"ok": True, "message": "SSH connection removed"}
    missing = client.get("/api/config/ssh_connections/gpu%3A22%40alice/details")
    assert (missing.status_code, missing.json) == (404, {"detail": "Connection not found: gpu:22@alice"})
    refused = client.post("/api/config/ssh_connections", json={})
    assert refused.status_code == 400


def test_the_list_of_connections_goes_round(client, no_keyring):
    entries = [{"id": "1", "host": "gpu", "port": 22, "username": "alice", "password": CANARY, "colour": "red"}]
    assert client.post("/api/remote/connections/saved", json=entries).json == {
        "ok": True,
        "message": "Connections saved successfully",
        "secrets_saved": False,
    }
    answer = client.get("/api/remote/connections/saved")
    assert CANARY not in answer.text
    assert answer.json["connections"][0]["colour"] == "red"


def test_a_password_is_left_nowhere(
    make_server, client, account, password, accept, own_folders, root, no_keyring, caplog
):
    """Case 72, with every log line captured."""
    caplog.set_level(logging.DEBUG)
    server = make_server(PasswordAuthentication="yes")
    body = {"host": "127.0.0.1", "port": server.port, "username": account.name, "use_agent": False}
    accept(body)
    texts = [client.post("/api/remote/connect", json={**body, "password": CANARY, "passphrase": CANARY}).text]
    texts.append(client.post("/api/remote/connect", json={**body, "password": password}).text)
    saved = {**body, "password": CANARY, "remember_password": True}
    texts.append(client.post("/api/config/ssh_connections", json=saved).text)
    texts.append(client.post("/api/remote/connections/saved", json=[saved]).text)
    texts += [
        client.get(f"/api/{path}").text for path in ("remote/status", "remote/sessions", "config/ssh_connections")
    ]
    texts += [" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"])]
    texts += [
        path.read_text(errors="replace") for place in (own_folders, root) for path in place.rglob("*") if path.is_file()
    ]

    assert not any(secret in text for text in [*texts, caplog.text] for secret in (CANARY, password))


def test_a_saved_password_is_used_without_being_sent_to_the_page(
    make_server, client, account, password, accept, monkeypatch
):
    monkeypatch.setattr("runicorn.remote.secret_store.load", lambda key: {"password": password})
    server = make_server(PasswordAuthentication="yes")
    body = {"host": "127.0.0.1", "port": server.port, "username": account.name, "use_agent": False}
    accept(body)
    client.post("/api/config/ssh_connections", json={**body, "remember_password": True})
    saved = f"127.0.0.1:{server.port}@{account.name}"
    answer = client.post("/api/remote/connect", json={**body, "saved": saved})
    assert answer.status_code == 200
    assert password not in client.get("/api/config/ssh_connections").text


def test_other_calls_are_answered_while_a_start_hangs(client, make_client, login, connection_id, far_python, root):
    started = threading.Event()

    def start() -> None:
        started.set()
        client.application.test_client().post(
            "/api/remote/viewer/start",
            data=json.dumps({"connection_id": connection_id, "remote_root": str(root), "conda_env": "project"}),
            content_type="application/json",
        )

    thread = threading.Thread(target=start)
    thread.start()
    started.wait()
    seen = set()
    while thread.is_alive():
        sessions = client.get("/api/remote/viewer/sessions").json["sessions"]
        seen |= {session["step"] for session in sessions}
    thread.join()
    assert {"starting the far viewer", "waiting for the far viewer to answer"} & seen
