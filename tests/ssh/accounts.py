"""A user of the far machine for the tests: made and removed again where the tests run as root, else ourselves."""

from __future__ import annotations

import getpass
import os
import pwd
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody sshd lets in. `password` is None when we cannot set one, as we are no root."""

    name: str
    home: Path
    password: str | None


def own_account() -> Account:
    return Account(getpass.getuser(), Path(pwd.getpwuid(os.getuid()).pw_dir), None)


def add_account(home: Path, *, shell: str = "/bin/bash") -> Account:
    """Make a user with a home of its own; `remove_account` takes both away.

    It is an ordinary user where such a one can run this Python, else (a Python below /root) another name of root.
    """
    name, password = f"rn{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    _add(name, home, shell)
    entry = pwd.getpwnam(name)
    if not _can_run_python(entry.pw_uid, entry.pw_gid):
        _run("userdel", name)
        _add(name, home, shell, "--non-unique", "--uid", "0", "--gid", "0")
    _run("chpasswd", text=f"{name}:{password}\n")
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    entry = pwd.getpwnam(name)
    os.chown(home, entry.pw_uid, entry.pw_gid)
    return Account(name, home, password)


def remove_account(account: Account) -> None:
    _run("userdel", "--force", account.name)
    shutil.rmtree(account.home, ignore_errors=True)


def own(account: Account, *paths: Path) -> None:
    """Give files to the account, where it is not us."""
    entry = pwd.getpwnam(account.name)
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, entry.pw_uid, entry.pw_gid)


def _add(name: str, home: Path, shell: str, *options: str) -> None:
    _run("useradd", "--no-create-home", "--no-user-group", "--home-dir", str(home), "--shell", shell, *options, name)


def _can_run_python(uid: int, gid: int) -> bool:
    try:
        command = [sys.executable, "-c", "import paramiko"]
        return (
            subprocess.run(command, user=uid, group=gid, extra_groups=[], capture_output=True, cwd="/").returncode == 0
        )
    except OSError:
        return False


def _run(*command: str, text: str = "") -> None:
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    if done.returncode not in (0, 6) and not (command[0] == "userdel" and done.returncode in (8, 12)):
        raise RuntimeError(f"{command[0]}: {done.stderr}")
