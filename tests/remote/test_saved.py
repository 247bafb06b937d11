"""Case 72: what is saved, where its secrets are, and what becomes of those an older version kept in the file."""

from __future__ import annotations

import base64
import json
import os
import stat
from itertools import cycle
from pathlib import Path

import keyring
import pytest
from cryptography.fernet import Fernet
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked, PasswordDeleteError

from runicorn.config import config_dir
from runicorn.errors import InvalidInput, NotFound
from runicorn.remote import saved_hosts, saved_list, secret_store

CANARY = "hunter2-canary"
HOST = {"host": "gpu", "port": 22, "username": "alice"}
KEY = "gpu:22@alice"


class Memory(KeyringBackend):
    """A keyring as a desktop has one, for one test."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.secrets.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def set_keyring():
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


@pytest.fixture
def memory(set_keyring) -> Memory:
    memory = Memory()
    set_keyring(memory)
    return memory


@pytest.fixture
def no_keyring(set_keyring) -> None:
    set_keyring(fail.Keyring())


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_password_is_in_the_keyring_and_in_no_file(memory, own_folders):
    saved = saved_hosts.save_host({**HOST, "password": CANARY, "remember_password": True})

    assert (saved.key, saved.secrets_saved) == (KEY, True)
    assert [(one["key"], one["has_password"], one["has_private_key"]) for one in saved_hosts.list_hosts()] == [
        (KEY, True, False)
    ]
    assert CANARY not in json.dumps(saved_hosts.list_hosts())
    assert saved_hosts.find_host(KEY)["password"] == CANARY
    assert all(CANARY.encode() not in path.read_bytes() for path in files_below(own_folders))
    assert list(memory.secrets) == [("runicorn-ssh", KEY)]


def test_without_a_keyring_nothing_secret_is_kept_and_it_is_said(no_keyring, own_folders):
    saved = saved_hosts.save_host({**HOST, "password": CANARY, "passphrase": CANARY, "remember_password": True})
    assert saved.secrets_saved is False
    assert saved_hosts.list_hosts()[0]["has_password"] is False
    assert saved_list.save_list([{**HOST, "password": CANARY}]) is False
    assert files_below(own_folders)
    assert all(CANARY.encode() not in path.read_bytes() for path in files_below(own_folders))


def test_a_locked_keyring_keeps_nothing_and_hurts_nobody(memory):
    memory.locked = True
    assert saved_hosts.save_host({**HOST, "password": CANARY, "remember_password": True}).secrets_saved is False
    assert saved_hosts.list_hosts()[0]["has_password"] is False


def test_what_is_not_to_be_remembered_is_not(memory):
    saved_hosts.save_host({**HOST, "password": CANARY, "remember_password": True})
    saved_hosts.save_host({**HOST, "password": CANARY, "private_key_path": "~/.ssh/id", "remember_password": False})
    assert memory.secrets == {}
    assert saved_hosts.list_hosts()[0]["private_key_path"] == "~/.ssh/id"


def test_files_are_private_whatever_the_umask(memory):
    before = os.umask(0)
    try:
        saved_hosts.save_host(HOST)
        saved_list.save_list([HOST])
    finally:
        os.umask(before)
    assert stat.S_IMODE(config_dir().stat().st_mode) == 0o700
    assert {path.name for path in files_below(config_dir())} >= {"config.json", "connections.json"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files_below(config_dir()))


@pytest.mark.parametrize("given", [{}, {"host": "gpu"}, {"username": "alice"}])
def test_a_connection_needs_a_host_and_a_user(given):
    with pytest.raises(InvalidInput, match=r"^Failed to save connection: host and username are required$"):
        saved_hosts.save_host(given)


def test_the_last_ten_are_kept_and_the_same_key_replaces(memory):
    for number in range(12):
        saved_hosts.save_host({**HOST, "port": number + 1})
    saved_hosts.save_host({**HOST, "port": 5, "name": "again"})
    assert [one["port"] for one in saved_hosts.list_hosts()] == [3, 4, 6, 7, 8, 9, 10, 11, 12, 5]


def test_removing_takes_the_secret_away(memory):
    saved_hosts.save_host({**HOST, "password": CANARY, "remember_password": True})
    saved_hosts.remove_host(KEY)
    saved_hosts.remove_host("unknown:22@me")
    assert (saved_hosts.list_hosts(), memory.secrets) == ([], {})
    with pytest.raises(NotFound, match=f"^Connection not found: {KEY}$"):
        saved_hosts.find_host(KEY)


def xor(data: bytes, mask: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, cycle(mask), strict=False))


def write_old_config(**entry: str) -> None:
    """config.json and its key as 0.5.x left them."""
    config_dir().mkdir(parents=True, exist_ok=True)
    mask = bytes(range(32))
    (config_dir() / ".credential_key").write_bytes(mask)
    masked = {
        name: "ENC:"
        + base64.b64encode(bytes(a ^ b for a, b in zip(value.encode(), cycle(mask), strict=False))).decode()
        for name, value in entry.items()
    }
    stored = {"user_root_dir": "/data", "ssh_connections": [{**HOST, "remember_password": True, "key": KEY, **masked}]}
    (config_dir() / "config.json").write_text(json.dumps(stored))


def test_an_old_masked_password_is_read(memory):
    write_old_config(password=CANARY)
    assert saved_hosts.list_hosts()[0]["has_password"] is True
    assert saved_hosts.find_host(KEY)["password"] == CANARY


def test_an_old_masked_password_moves_into_the_keyring_with_the_next_write(memory):
    write_old_config(password=CANARY)
    saved_hosts.save_host({"host": "other", "username": "bob"})
    stored = json.loads((config_dir() / "config.json").read_text())
    assert "ENC:" not in json.dumps(stored)
    assert stored["user_root_dir"] == "/data"
    assert saved_hosts.find_host(KEY)["password"] == CANARY


def test_an_old_masked_password_is_dropped_where_there_is_no_keyring(no_keyring):
    write_old_config(password=CANARY)
    saved_hosts.save_host({"host": "other", "username": "bob"})
    assert "ENC:" not in (config_dir() / "config.json").read_text()
    assert saved_hosts.find_host(KEY).get("password") is None


def test_an_old_list_is_read_and_not_written_back(memory):
    config_dir().mkdir(parents=True)
    key = Fernet.generate_key()
    (config_dir() / ".secret.key").write_bytes(key)
    token = Fernet(key).encrypt(CANARY.encode()).decode()
    (config_dir() / "connections.json").write_text(json.dumps([{"id": "1", **HOST, "password": token}]))

    assert saved_list.list_saved() == [{"id": "1", **HOST, "has_password": True, "has_private_key": False}]
    assert saved_list.find_secrets("1") == saved_list.find_secrets("alice@gpu:22") == {"password": CANARY}
    assert saved_list.save_list(saved_list.list_saved()) is True
    assert "gAAAA" not in (config_dir() / "connections.json").read_text()
    assert saved_list.find_secrets("1") == {"password": CANARY}


@pytest.mark.parametrize("value", ["ENC:???", "ENC:AAAA", "gAAAAdamaged", 7, None, ["x"]])
def test_a_damaged_old_secret_is_no_secret(memory, value):
    config_dir().mkdir(parents=True)
    (config_dir() / "connections.json").write_text(json.dumps([{"id": "1", **HOST, "password": value}]))
    assert saved_list.list_saved()[0]["has_password"] is False


@pytest.mark.parametrize("text", ["", "{", "{}", '"x"', "[1, null]"])
def test_a_damaged_list_is_an_empty_one(text):
    config_dir().mkdir(parents=True)
    (config_dir() / "connections.json").write_text(text)
    assert saved_list.list_saved() == []


def test_the_list_forgets_the_secrets_of_what_left_it(memory):
    saved_list.save_list([{"id": "1", **HOST, "password": CANARY}, {"id": "2", **HOST, "privateKey": "k"}])
    assert saved_list.find_secrets("2") == {"private_key": "k"}
    saved_list.save_list([{"id": "2", **HOST, "note": {"colour": "red"}}])
    assert list(memory.secrets) == [("runicorn-ssh", "list:2")]
    assert saved_list.list_saved()[0]["note"] == {"colour": "red"}


def test_a_plain_text_keyring_does_not_count(set_keyring):
    class Plain(Memory):
        pass

    Plain.__module__ = "keyrings.alt.file"
    set_keyring(Plain())
    assert secret_store.is_available() is False
