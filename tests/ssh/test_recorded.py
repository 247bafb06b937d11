"""The remote answers recorded from the published 0.5.3 and from the 0.5.4 source, asked for again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

RECORDED = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "published" / "golden_remote_ssh.json").read_text(encoding="utf-8")
)
VOLATILE = {"mtime", "remotePid", "startedAt", "uptimeSeconds", "suggestedRemotePort", "localPort", "remotePort"}
PATTERNS = {
    "path": r"/\S+|~",
    "python_version": r"Python 3\.\d+\.\d+",
    "pythonVersion": r"Python 3\.\d+\.\d+",
    "runicornVersion": r"\d\S+",
    "sessionId": r"[0-9a-f]{8}",
    "url": r"http://localhost:\d+(/\?token=\S+)?",
    "message": r".+",
    "fingerprint_sha256": r"SHA256:\S+",
    "expected_fingerprint_sha256": r"SHA256:\S+",
    "public_key": r"ssh-ed25519 \S+",
    "expected_public_key": r"ssh-ed25519 \S+",
    "key_base64": r"\S+",
}


def compare(recorded: object, ours: object, at: str = "answer") -> None:
    """Every recorded field is there with its value, or of its shape where the value is of the day."""
    key = at.rsplit(".", 1)[-1]
    if key in VOLATILE:
        assert isinstance(ours, int | float), at
    elif isinstance(recorded, dict):
        assert recorded.keys() <= ours.keys(), at
        for name, value in recorded.items():
            compare(value, ours[name], f"{at}.{name}")
    elif isinstance(recorded, list):
        assert len(recorded) <= len(ours), at
        for number, value in enumerate(recorded):
            compare(value, ours[number], f"{at}[{number}]")
    elif key in PATTERNS and isinstance(recorded, str):
        assert re.fullmatch(PATTERNS[key], ours), f"{at}: {ours}"
    else:
        assert ours == recorded, at


class Replay:
    """Asks again, with this test's server in the place of the recorded one."""

    def __init__(self, client, server, account, user_key, root) -> None:
        self.client, self.server, self.session_id = client, server, ""
        self.places = {
            "<WORK>/S/userkey": str(user_key),
            "<WORK>/S/rhome": str(account.home),
            "<WORK>/S/rroot": str(root),
            "23599": str(server.port),
            "root@127.0.0.1": f"{account.name}@127.0.0.1",
            "root%40127.0.0.1": f"{account.name}%40127.0.0.1",
            '"username": "root"': f'"username": "{account.name}"',
        }

    def here(self, value: object) -> object:
        text = json.dumps(value)
        for there, here in self.places.items():
            text = text.replace(there, here)
        if self.session_id:
            text = re.sub(r"\bf82c37e6\b", self.session_id, text)
        return json.loads(text)

    def ask(self, call: dict) -> None:
        call = self.here(call)
        answer = self.client.open(call["path"], method=call["method"], json=call["body"])
        where = f"{call['method']} {call['path']} {call['note']}"
        assert answer.status_code == call["status"], f"{where}: {answer.text}"
        if call["path"].endswith("viewer/start"):
            self.session_id = answer.json["session"]["sessionId"]
        if "path=~" in call["path"]:
            assert answer.json == {"path": "~", "exists": True, "is_dir": True}, "the published one did not expand ~"
        elif "fs/list" in call["path"] and call["status"] == 200:
            self.compare_listing(call["answer"], answer.json)
        else:
            compare(call["answer"], answer.json, where)

    def compare_listing(self, recorded: dict, ours: dict) -> None:
        """The far home holds more here; `.runicorn` was the recorded server's own log folder."""
        items = [item for item in recorded["items"] if item["name"] != ".runicorn"]
        names = {item["name"] for item in items}
        assert ours["entries"] == ours["items"]
        compare({**recorded, "items": items}, {**ours, "items": [one for one in ours["items"] if one["name"] in names]})


@pytest.fixture
def replay(client, make_server, account, user_key, far_python, published_root):
    """A far machine as the recorded one was: one file and one folder at home, Runicorn in the system's Python."""
    (account.home / "dir one").mkdir()
    (account.home / "a.txt").write_text("ab")
    server = make_server(SetEnv=f"PATH={far_python.parent}:/usr/bin:/bin")
    yield Replay(client, server, account, user_key, published_root)
    (account.home / "dir one").rmdir()
    (account.home / "a.txt").unlink()


def accept(client, server) -> None:
    """Trust the server, which 0.5.3 did unasked."""
    key = untrusted_key(client, server)
    given = {name: key[name] for name in ("host", "port", "key_type", "public_key", "fingerprint_sha256")}
    assert client.post("/api/remote/known-hosts/accept", json=given).json == {"ok": True}


def untrusted_key(client, server) -> dict:
    body = {"host": "127.0.0.1", "port": server.port, "username": "x", "use_agent": False}
    return client.post("/api/remote/connect", json=body).json["detail"]["host_key"]


def test_the_answers_of_the_published_version_are_given(client, replay):
    accept(client, replay.server)
    for call in RECORDED["real 0.5.3"]:
        replay.ask(call)


def test_the_answers_about_host_keys_are_given(client, replay):
    """As 0.5.4 gives them, but for its tunnel, which failed (it used the system's ssh without the key)."""
    for call in RECORDED["0.5.4 source"]:
        if call["note"] == "host key changed":
            replay.server.stop()
            replay.server.change_host_key()
            replay.server.start()
        if call["path"].endswith("known-hosts/accept"):
            key = untrusted_key(client, replay.server)
            shown = {name: key[name] for name in ("public_key", "fingerprint_sha256")}
            replay.ask({**call, "body": {**call["body"], **shown}})
        elif not call["path"].endswith("viewer/start"):
            replay.ask(call)
