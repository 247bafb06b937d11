"""The known_hosts file format of OpenSSH: read any file, change only our own.

Lines we do not understand, comments and the order are kept. Source of the format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from runicorn.remote.locks import locked
from runicorn.storage.documents import Damaged, read_bytes, write_bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `names` are host patterns, or one hashed name; `marker` is "", "@revoked" or "@cert-authority"."""

    marker: str
    names: tuple[str, ...]
    key_type: str
    key_base64: str

    def matches(self, name: str) -> bool:
        """Whether this entry speaks of the host `name` (`host`, or `[host]:port` unless the port is 22)."""
        name = name.lower()
        if any(_pattern_matches(pattern[1:], name) for pattern in self.names if pattern.startswith("!")):
            return False
        return any(_pattern_matches(pattern, name) for pattern in self.names if not pattern.startswith("!"))


def parse_line(text: str) -> Line | None:
    """Return the entry in one line of a known_hosts file, None for a comment, a blank or a damaged line."""
    fields = text.split()
    marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
    if len(fields) < 3 or fields[0].startswith("#") or not _is_key(fields[1], fields[2]):
        return None
    return Line(marker, tuple(fields[0].split(",")), fields[1], fields[2])


def read_lines(path: Path) -> list[str]:
    """Return the lines of the file, without their ends; none when it is missing or cannot be read."""
    try:
        return read_bytes(path.resolve()).decode("utf-8", "surrogateescape").splitlines()
    except (FileNotFoundError, NotADirectoryError, Damaged):
        return []


def read_entries(path: Path) -> list[Line]:
    """Return the entries of the file, in order."""
    return [line for text in read_lines(path) if (line := parse_line(text))]


def host_name(host: str, port: int) -> str:
    """Return how known_hosts names a server: `host`, or `[host]:port` unless the port is 22."""
    return host.lower() if port == 22 else f"[{host.lower()}]:{port}"


def split_name(name: str) -> tuple[str, int] | None:
    """Return host and port of a name that `host_name` made, None for hashed names and patterns."""
    if name.startswith(("|", "!")) or set(name) & set("*?"):
        return None
    if not name.startswith("["):
        return name, 22
    host, _, port = name[1:].rpartition("]:")
    return (host, int(port)) if host and port.isascii() and port.isdigit() else None


def store(path: Path, *, name: str, key_type: str, key_base64: str) -> None:
    """Make `key_base64` the only key of this type that the file holds for `name`, atomically."""
    with locked(path):
        kept, _ = _without(read_lines(path), name, key_type)
        _replace(path, [*kept, f"{name} {key_type} {key_base64}"])


def remove(path: Path, *, name: str, key_type: str) -> bool:
    """Drop the keys of this type for `name` from the file; say whether there were any."""
    with locked(path):
        kept, changed = _without(read_lines(path), name, key_type)
        if changed:
            _replace(path, kept)
        return changed


def _without(lines: list[str], name: str, key_type: str) -> tuple[list[str], bool]:
    """Return the lines with `name` taken out of entries of this key type; other hosts of a shared line stay.

    A pattern such as `*.lab` stays too: somebody wrote it for more hosts than this one.
    """
    kept, changed = [], False
    for text in lines:
        line = parse_line(text)
        others = [one for one in line.names if not _is_name(one, name)] if line else []
        if line is None or line.marker or line.key_type != key_type or len(others) == len(line.names):
            kept.append(text)
            continue
        changed = True
        if others:
            kept.append(" ".join([",".join(others), *text.split()[1:]]))
    return kept, changed


def _is_name(written: str, name: str) -> bool:
    return _hash_matches(written, name) if written.startswith("|1|") else written.lower() == name.lower()


def _replace(path: Path, lines: list[str]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    write_bytes(path, data, mode=0o600)


def _pattern_matches(pattern: str, name: str) -> bool:
    if pattern.startswith("|1|"):
        return _hash_matches(pattern, name)
    return fnmatch.fnmatchcase(name.lower(), pattern.lower().replace("[", "[[]"))


def _hash_matches(hashed: str, name: str) -> bool:
    """Whether `|1|salt|hash` stands for `name`: HMAC-SHA1 of the name under the salt, both in base64."""
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in hashed[3:].split("|"))
    except ValueError:
        return False
    return hmac.compare_digest(hmac.new(salt, name.lower().encode(), hashlib.sha1).digest(), digest)


def _is_key(key_type: str, key_base64: str) -> bool:
    """Whether the base64 text is a public key that says itself to be of `key_type`."""
    try:
        data = base64.b64decode(key_base64, validate=True)
    except (binascii.Error, ValueError):
        return False
    length = int.from_bytes(data[:4], "big")
    return data[4 : 4 + length] == key_type.encode("utf-8", "surrogateescape")
