"""Which servers we trust: the system's known_hosts files and our own.

An unknown key is for the user to accept; a key that differs from the one on record, or is revoked, is a hard stop.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runicorn.config import config_dir
from runicorn.errors import InvalidInput
from runicorn.remote import known_hosts
from runicorn.remote.errors import HostKeyUntrusted
from runicorn.remote.known_hosts import Line

MAX_PUBLIC_KEY_CHARACTERS = 8192


@dataclass(frozen=True, slots=True)
class HostKey:
    """One key of one server."""

    host: str
    port: int
    key_type: str
    key_base64: str

    @property
    def name(self) -> str:
        """The server as known_hosts names it."""
        return known_hosts.host_name(self.host, self.port)

    @property
    def public_key(self) -> str:
        return f"{self.key_type} {self.key_base64}"

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key_base64)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a key is not trusted: `reason` is "unknown", "changed" or "revoked"; `expected` is the key on record."""

    key: HostKey
    reason: str
    expected: Line | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the `host_key` object of the documented 409 answer."""
        answer = {
            "host": self.key.host,
            "port": self.key.port,
            "known_hosts_host": self.key.name,
            "key_type": self.key.key_type,
            "fingerprint_sha256": self.key.fingerprint,
            "public_key": self.key.public_key,
            "reason": self.reason,
        }
        if self.expected:
            answer["expected_fingerprint_sha256"] = fingerprint(self.expected.key_base64)
            answer["expected_public_key"] = f"{self.expected.key_type} {self.expected.key_base64}"
        return answer


class HostKeys:
    """The trusted keys: `own` is the file we write, `system` the files we only read."""

    def __init__(self, own: Path, system: Sequence[Path] = ()) -> None:
        self.own = own
        self.system = tuple(system)

    @classmethod
    def of_this_user(cls) -> HostKeys:
        """Our own file in the configuration folder, and those that `ssh` itself reads."""
        home = Path("~/.ssh").expanduser()
        system = (home / "known_hosts", home / "known_hosts2", Path("/etc/ssh/ssh_known_hosts"))
        return cls(config_dir() / "known_hosts", system)

    def find(self, host: str, port: int) -> list[Line]:
        """Return every entry about this server, ours first."""
        name = known_hosts.host_name(host, port)
        paths = (self.own, *self.system)
        return [line for path in paths for line in known_hosts.read_entries(path) if line.matches(name)]

    def known_types(self, host: str, port: int) -> list[str]:
        """Return the key types on record for this server, to be asked for first."""
        return list(dict.fromkeys(line.key_type for line in self.find(host, port) if not line.marker))

    def check(self, key: HostKey) -> None:
        """Raise HostKeyUntrusted unless this very key is on record for this server and not revoked.

        A key of another type than those on record counts as changed: otherwise an impostor would only have to
        offer another type to be met with the milder question.
        """
        lines = self.find(key.host, key.port)
        same = [line for line in lines if line.key_base64 == key.key_base64]
        if any(line.marker == "@revoked" for line in same):
            raise HostKeyUntrusted(Verdict(key, "revoked"))
        if any(not line.marker for line in same):
            return
        known = [line for line in lines if not line.marker]
        known.sort(key=lambda line: line.key_type != key.key_type)
        raise HostKeyUntrusted(Verdict(key, "changed" if known else "unknown", known[0] if known else None))

    def accept(self, key: HostKey) -> None:
        """Trust `key` from now on, in place of our stored key of the same server and type."""
        known_hosts.store(self.own, name=key.name, key_type=key.key_type, key_base64=key.key_base64)

    def remove(self, host: str, port: int, key_type: str) -> bool:
        """Forget our stored key of this server and type; say whether there was one."""
        return known_hosts.remove(self.own, name=known_hosts.host_name(check_host(host), port), key_type=key_type)

    def entries(self) -> list[dict[str, Any]]:
        """Return our own entries as the documented list; hashed names and patterns are left out."""
        answer = []
        for line in known_hosts.read_entries(self.own):
            for name in line.names if not line.marker else ():
                if found := known_hosts.split_name(name):
                    key = HostKey(*found, line.key_type, line.key_base64)
                    answer.append(_entry(key, name))
        return answer


def _entry(key: HostKey, name: str) -> dict[str, Any]:
    return {
        "host": key.host,
        "port": key.port,
        "known_hosts_host": name,
        "key_type": key.key_type,
        "key_base64": key.key_base64,
        "fingerprint_sha256": key.fingerprint,
    }


def fingerprint(key_base64: str) -> str:
    """Return `SHA256:...` as `ssh-keygen -l` prints it."""
    digest = hashlib.sha256(base64.b64decode(key_base64)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def check_host(host: str) -> str:
    """Return `host`. Raises InvalidInput for what no server is called, options and known_hosts syntax above all."""
    if not host.strip() or len(host) > 255 or any(c.isspace() or c == "," or not c.isprintable() for c in host):
        raise InvalidInput("Invalid host")
    if host.startswith(("-", "|", "@", "#", "!")):
        raise InvalidInput("Invalid host")
    return host


def parse_host_key(*, host: str, port: int, key_type: str, public_key: str, fingerprint_sha256: str) -> HostKey:
    """Return the key a user confirmed. Raises InvalidInput, in the documented words, when its parts disagree."""
    check_host(host)
    if not key_type or key_type.split() != [key_type] or key_type.startswith(("@", "#")):
        raise InvalidInput("Invalid key_type")
    if not fingerprint_sha256.startswith("SHA256:"):
        raise InvalidInput("Invalid fingerprint_sha256")
    if len(public_key.splitlines()) != 1:
        raise InvalidInput("Invalid public_key")
    key_base64 = _key_of(public_key, key_type)
    key = HostKey(host.lower(), port, key_type, key_base64)
    if key.fingerprint.rstrip("=") != fingerprint_sha256.rstrip("="):
        raise InvalidInput("fingerprint_sha256 does not match public_key")
    return key


def _key_of(public_key: str, key_type: str) -> str:
    """Return the base64 part of `type base64`, or of a bare base64 text, after comparing its inner type."""
    fields = public_key.split()
    try:
        stated, key_base64 = (fields[0], fields[1]) if len(fields) > 1 else (key_type, fields[0])
        data = base64.b64decode(key_base64, validate=True)
        inner = data[4 : 4 + int.from_bytes(data[:4], "big")].decode("ascii")
    except (IndexError, binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise InvalidInput("Invalid public_key: not a key in base64") from error
    if not inner or len(data) < 4 + len(inner) + 4:
        raise InvalidInput("Invalid public_key: too short")
    if {stated, inner} != {key_type}:
        raise InvalidInput("key_type does not match public_key")
    return key_base64
