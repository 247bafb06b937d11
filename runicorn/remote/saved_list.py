"""The list of connections a web interface keeps as a whole: connections.json. Secrets are in the keyring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runicorn.config import config_dir
from runicorn.errors import InvalidInput
from runicorn.remote import old_secrets, secret_store
from runicorn.remote.locks import locked
from runicorn.storage.documents import Damaged, parse_json, read_bytes, write_json

MAX_ENTRIES = 200
NAMES = {"password": "password", "passphrase": "passphrase", "private_key": "private_key", "privateKey": "private_key"}
"""Fields that hold a secret, in either spelling, and the secret's name in the keyring."""


def list_saved() -> list[dict[str, Any]]:
    """Return the entries without any secret, `has_password` beside them."""
    return [_public(entry) for entry in _read()]


def find_secrets(entry_id: str) -> dict[str, str]:
    """Return the secrets of the entry with this `id`, or this `user@host:port`."""
    for entry in _read():
        if entry_id in (_id(entry), _login(entry)):
            return _secrets(entry)
    return {}


def save_list(entries: Sequence[Any]) -> bool:
    """Replace the list. An entry without a secret keeps the one saved before; say whether all secrets were kept.

    Raises InvalidInput for what is no connection.
    """
    if len(entries) > MAX_ENTRIES or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidInput(f"A list of at most {MAX_ENTRIES} connections is required.")
    path = _path()
    with locked(path):
        before = {_id(entry): entry for entry in _read()}
        kept = [_keep(entry, before.get(_id(entry))) for entry in entries]
        for gone in before.keys() - {_id(entry) for entry in entries}:
            secret_store.delete(f"list:{gone}")
        write_json(path, [_plain(entry) for entry in entries], mode=0o600)
    return all(kept)


def _keep(entry: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Put the secrets of an entry into the keyring, those of an older version of it too."""
    given = {name: str(entry[field]) for field, name in NAMES.items() if entry.get(field)}
    known = _secrets(before) if before else {}
    wanted = {**known, **given}
    return not wanted or secret_store.save(f"list:{_id(entry)}", wanted)


def _read() -> list[dict[str, Any]]:
    try:
        value = parse_json(read_bytes(_path()))
    except (OSError, Damaged):
        return []
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _public(entry: Mapping[str, Any]) -> dict[str, Any]:
    secrets = _secrets(entry)
    return {**_plain(entry), "has_password": "password" in secrets, "has_private_key": "private_key" in secrets}


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in NAMES}


def _secrets(entry: Mapping[str, Any]) -> dict[str, str]:
    old = {name: old_secrets.reveal(entry[field]) for field, name in NAMES.items() if entry.get(field)}
    return {name: value for name, value in old.items() if value} | secret_store.load(f"list:{_id(entry)}")


def _id(entry: Mapping[str, Any]) -> str:
    return str(entry.get("id") or _login(entry))


def _login(entry: Mapping[str, Any]) -> str:
    return f"{entry.get('username')}@{entry.get('host')}:{entry.get('port', 22)}"


def _path() -> Path:
    return config_dir() / "connections.json"
