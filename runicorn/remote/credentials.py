"""What a user may prove themselves with, and the private keys behind it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey
from paramiko.ssh_exception import SSHException

from runicorn.remote.errors import LoginRefused, PassphraseNeeded

DEFAULT_KEY_FILES = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
MAX_KEY_BYTES = 64 * 1024

_KINDS: tuple[tuple[type, type[PKey]], ...] = (
    (ed25519.Ed25519PrivateKey, Ed25519Key),
    (rsa.RSAPrivateKey, RSAKey),
    (ec.EllipticCurvePrivateKey, ECDSAKey),
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything given for one login, kept in memory only, so that a dropped link can be taken up again.

    `answers` are for a server that asks (one-time codes and the like), in the order of its questions after the
    password's; `ask(prompt, echo)` asks a person who is there. Printing one shows no secret.
    """

    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    private_key_path: str | None = None
    passphrase: str | None = field(default=None, repr=False)
    use_agent: bool = True
    answers: tuple[str, ...] = field(default=(), repr=False)
    ask: Callable[[str, bool], str] | None = field(default=None, repr=False)

    def without_secrets(self) -> Credentials:
        """What may be offered to a jump host: keys and the agent, not what was typed for the host behind it."""
        return Credentials(private_key_path=self.private_key_path, passphrase=self.passphrase, use_agent=self.use_agent)


def read_key_file(path: str, passphrase: str | None) -> PKey:
    """Return the private key in a file of the near machine. Raises LoginRefused saying what is wrong with it."""
    name = f"the key file {path}"
    try:
        data = Path(path).expanduser().read_bytes()[: MAX_KEY_BYTES + 1]
    except OSError as error:
        raise LoginRefused(f"{name} cannot be read: {error.strerror}.") from error
    key = parse_key(data, passphrase, name=name)
    certificate = Path(f"{path}-cert.pub").expanduser()
    if certificate.is_file():
        key.load_certificate(str(certificate))
    return key


def parse_key(data: bytes, passphrase: str | None, *, name: str = "the private key") -> PKey:
    """Return the private key in `data`: OpenSSH's format, PKCS#1, SEC1 or PKCS#8. Raises LoginRefused."""
    if len(data) > MAX_KEY_BYTES or b"PRIVATE KEY" not in data:
        raise LoginRefused(f"{name} is no private key.{_advice(data)}")
    data = data.replace(b"\r\n", b"\n").strip() + b"\n"
    try:
        key = _load(data, passphrase.encode() if passphrase else None)
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
        return _kind(key).from_private_key(io.StringIO(plain))
    except TypeError as error:
        raise PassphraseNeeded(f"{name} needs a passphrase.") from error
    except (ValueError, UnsupportedAlgorithm, SSHException) as error:
        raise LoginRefused(f"{name} cannot be used: {_reason(data, passphrase)}") from error


def _load(data: bytes, passphrase: bytes | None) -> Any:
    """Return cryptography's key. A passphrase for a key that has none is ignored."""
    load = load_ssh_private_key if b"BEGIN OPENSSH" in data else load_pem_private_key
    try:
        return load(data, passphrase)
    except TypeError:
        if passphrase is None:
            raise
        return load(data, None)


def _kind(key: Any) -> type[PKey]:
    for base, kind in _KINDS:
        if isinstance(key, base):
            return kind
    raise UnsupportedAlgorithm(type(key).__name__)


def _reason(data: bytes, passphrase: str | None) -> str:
    if b"sk-ssh-" in data or b"sk-ecdsa-" in data:
        return "a key on a security token works through the agent only."
    return "the passphrase is wrong." if passphrase else "it is damaged or of a kind that is not supported."


def _advice(data: bytes) -> str:
    if data.startswith(b"PuTTY-User-Key-File"):
        return " Export it from PuTTYgen in OpenSSH's format."
    if data.startswith((b"ssh-", b"ecdsa-")):
        return " It is the public half; name the file without .pub."
    return ""
