"""Connections a user saved: `ssh_connections` of config.json. Secrets are in the keyring, never in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runicorn.config import config_file, load_user_config, save_user_config
from runicorn.errors import InvalidInput, NotFound
from runicorn.remote import old_secrets, secret_store
from runicorn.remote.locks import locked

MAX_SAVED = 10
PUBLIC = ("host", "port", "username", "name", "remember_password", "auth_method", "private_key_path")
METHODS = ("password", "key", "agent")


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save: `secrets_saved` is False when there was something to keep and no keyring to keep it."""

    key: str
    secrets_saved: bool


def key_of(entry: Mapping[str, Any]) -> str:
    """Return `host:port@username`, by which an entry is stored."""
    return f"{entry.get('host')}:{entry.get('port')}@{entry.get('username')}"


def list_hosts() -> list[dict[str, Any]]:
    """Return the entries without any secret, `has_password` and `has_private_key` beside them."""
    return [_public(entry) for entry in _entries()]


def find_host(key: str) -> dict[str, Any]:
    """Return one entry with its secrets. Raises NotFound."""
    for entry in _entries():
        if entry["key"] == key:
            return {**_public(entry), **_secrets(entry)}
    raise NotFound(f"Connection not found: {key}")


def find_secrets(key: str) -> dict[str, str]:
    """Return the secrets of one entry, none for an unknown key."""
    return next((_secrets(entry) for entry in _entries() if entry["key"] == key), {})


def save_host(given: Mapping[str, Any]) -> Saved:
    """Keep a connection in place of the one with the same key; the last ten are kept. Raises InvalidInput."""
    if not given.get("host") or not given.get("username"):
        raise InvalidInput("Failed to save connection: host and username are required")
    entry = {name: given[name] for name in PUBLIC if given.get(name) is not None}
    key = entry["key"] = key_of(entry)
    secrets = {name: given[name] for name in secret_store.FIELDS if given.get(name)}
    kept = secret_store.save(key, secrets) if given.get("remember_password") and secrets else None
    if not given.get("remember_password"):
        secret_store.delete(key)
    _replace([one for one in _strong_entries() if one["key"] != key] + [entry])
    return Saved(key, kept is not False)


def remove_host(key: str) -> None:
    """Forget a connection and its secrets, if there is one."""
    secret_store.delete(key)
    _replace([one for one in _strong_entries() if one["key"] != key])


def _entries() -> list[dict[str, Any]]:
    """Return the stored entries; what is no connection is left out."""
    stored = load_user_config().get("ssh_connections")
    found = [entry for entry in stored if isinstance(entry, dict)] if isinstance(stored, list) else []
    return [{**entry, "key": entry.get("key") or key_of(entry)} for entry in found if entry.get("host")]


def _public(entry: Mapping[str, Any]) -> dict[str, Any]:
    secrets = _secrets(entry)
    answer = {
        "key": entry["key"],
        "name": "",
        "port": 22,
        "remember_password": False,
        "auth_method": "password",
        **{name: entry[name] for name in PUBLIC if name in entry},
    }
    return {**answer, "has_password": "password" in secrets, "has_private_key": "private_key" in secrets}


def _secrets(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the secrets of an entry, those of an older version too."""
    old = {name: old_secrets.reveal(entry[name]) for name in secret_store.FIELDS if entry.get(name)}
    return {name: value for name, value in old.items() if value} | secret_store.load(entry["key"])


def _strong_entries() -> list[dict[str, Any]]:
    """Return the entries as they may be written: secrets of an older version move into the keyring, or are gone."""
    answer = []
    for entry in _entries():
        if any(entry.get(name) for name in secret_store.FIELDS):
            secret_store.save(entry["key"], _secrets(entry))
        answer.append({name: value for name, value in entry.items() if name not in secret_store.FIELDS})
    return answer


def _replace(entries: list[dict[str, Any]]) -> None:
    with locked(config_file()):
        save_user_config({"ssh_connections": entries[-MAX_SAVED:]})
