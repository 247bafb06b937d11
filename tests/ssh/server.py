"""A real sshd for the tests: its own configuration, host keys, port and log, on loopback only."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
KEYGEN = shutil.which("ssh-keygen")
START_TIMEOUT_S = 10.0


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "", *, form: str = "RFC4716") -> Path:
    """Make a key pair and return the private half. `form` PEM or PKCS8 writes the older formats."""
    options = [] if form == "RFC4716" else ["-m", form]
    command = [KEYGEN or "ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", str(path), *options]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Server:
    """An sshd that runs between `start` and `stop`. `log` has every authentication attempt."""

    folder: Path
    authorized_keys: Path
    options: dict[str, str] = field(default_factory=dict)
    host_key_kinds: tuple[str, ...] = ("ed25519",)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.port = free_port()
        for kind in self.host_key_kinds:
            make_key(self.folder / f"host_{kind}", kind)

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def login_attempts(self) -> list[str]:
        """The user's requests to be let in, with any method; none when a client left before."""
        return [line for line in self.log.splitlines() if "userauth-request" in line]

    def public_key(self, kind: str = "ed25519") -> str:
        """`type base64`, without the comment."""
        return " ".join((self.folder / f"host_{kind}.pub").read_text().split()[:2])

    def change_host_key(self, kind: str = "ed25519") -> None:
        for name in (f"host_{kind}", f"host_{kind}.pub"):
            (self.folder / name).unlink()
        make_key(self.folder / f"host_{kind}", kind)

    def start(self) -> Server:
        (self.folder / "config").write_text(self._config())
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        command = [SSHD, "-D", "-f", str(self.folder / "config"), "-E", str(self.folder / "log")]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.02)
        output = self.process.communicate(timeout=1)[0] if self.process.poll() is not None else b""
        raise RuntimeError(f"sshd did not start: {output.decode()} {self.log}")

    def stop(self) -> None:
        """End the listener and every connection it serves."""
        if self.process is None:
            return
        self.hang_up()
        self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None

    def hang_up(self) -> None:
        """Cut every connection at once, as a network does; the listener stays."""
        import psutil

        if self.process is None:
            return
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.name().startswith("sshd"):
                    child.kill()

    def _config(self) -> str:
        settings = {
            "Port": str(self.port),
            "ListenAddress": "127.0.0.1",
            "PidFile": "none",
            "AuthorizedKeysFile": str(self.authorized_keys),
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "PermitRootLogin": "yes",
            "MaxStartups": "100",
            "MaxSessions": "100",
            "PrintMotd": "no",
            "PrintLastLog": "no",
            "LogLevel": "DEBUG1",
            "Subsystem": "sftp internal-sftp",
            **self.options,
        }
        lines = [f"HostKey {self.folder / f'host_{kind}'}" for kind in self.host_key_kinds]
        return "\n".join([*lines, *(f"{name} {value}" for name, value in settings.items())]) + "\n"
