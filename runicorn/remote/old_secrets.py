"""Secrets as the published 0.5.x wrote them into its files: read here, never written.

Both forms keep the key beside the lock. `ENC:` is base64 of the text XORed with the 32 bytes of `.credential_key`;
`gAAAA` starts a Fernet token under `.secret.key`. Source: docs/disk-format.md, section 7.
"""

from __future__ import annotations

import base64
import binascii
from itertools import cycle
from pathlib import Path

from runicorn.config import config_dir
from runicorn.storage.documents import Damaged, read_bytes


def reveal(text: object) -> str:
    """Return the secret behind a stored value, empty when it cannot be read. Other text is returned as it is."""
    if not isinstance(text, str):
        return ""
    if text.startswith("ENC:"):
        return _unmask(text[4:])
    return _decrypt(text) if text.startswith("gAAAA") else text


def _unmask(text: str) -> str:
    key = _read(config_dir() / ".credential_key")
    try:
        data = base64.b64decode(text, validate=True)
        return bytes(a ^ b for a, b in zip(data, cycle(key), strict=False)).decode() if key else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _decrypt(token: str) -> str:
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(_read(config_dir() / ".secret.key").strip()).decrypt(token.encode()).decode()
    except (InvalidToken, ValueError, binascii.Error):
        return ""


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, limit=4096)
    except (OSError, Damaged):
        return b""
