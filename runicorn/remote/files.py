"""Folders and files of the far machine over SFTP. No path ever meets a shell."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import IO

from paramiko import SFTPAttributes, SFTPClient
from paramiko.ssh_exception import SSHException

from runicorn.remote.connection import Connection
from runicorn.remote.environments import check_path
from runicorn.remote.errors import CommandFailed

MAX_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder. `size` is 0 for folders; `mtime` in Unix seconds."""

    name: str
    is_dir: bool
    size: int
    mtime: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder by its absolute path: folders first, then by name. `truncated` after ten thousand names."""

    path: str
    entries: tuple[Entry, ...]
    truncated: bool


def list_folder(connection: Connection, path: str = "~") -> Listing:
    """Return what is in a far folder. Raises CommandFailed."""
    check_path(path)
    with connection.sftp() as sftp:
        try:
            folder = sftp.normalize(expand(sftp, path))
            found, truncated = _read(sftp, folder)
            entries = [_entry(sftp, folder, attributes) for attributes in found]
        except (OSError, EOFError, SSHException) as error:
            raise CommandFailed(f"Failed to list directory: {error}") from error
    entries.sort(key=lambda entry: (not entry.is_dir, entry.name.lower(), entry.name))
    return Listing(folder, tuple(entries), truncated)


def find_mode(connection: Connection, path: str) -> int | None:
    """Return the mode bits of a far path, links followed; None when nothing is there. Raises CommandFailed."""
    check_path(path)
    with connection.sftp() as sftp:
        try:
            return sftp.stat(expand(sftp, path)).st_mode or 0
        except FileNotFoundError:
            return None
        except (OSError, EOFError, SSHException) as error:
            raise CommandFailed(f"Failed to look at path: {error}") from error


def expand(sftp: SFTPClient, path: str) -> str:
    """Return `path` with `~` and `~/...` below the account's home; `~x` is a name like any other."""
    if path == "~":
        return sftp.normalize(".")
    if path.startswith("~/"):
        return f"{sftp.normalize('.').rstrip('/')}/{path[2:]}"
    return path


def fetch(connection: Connection, path: str, target: IO[bytes]) -> int:
    """Copy a far file into `target` and return its size in bytes. Raises CommandFailed."""
    check_path(path)
    with connection.sftp() as sftp:
        try:
            return sftp.getfo(expand(sftp, path), target)
        except (OSError, EOFError, SSHException) as error:
            raise CommandFailed(f"Failed to fetch {path}: {error}") from error


def remove(connection: Connection, path: str) -> None:
    """Delete a far file, if it is there. Raises CommandFailed."""
    with connection.sftp() as sftp:
        try:
            sftp.remove(path)
        except FileNotFoundError:
            return
        except (OSError, EOFError, SSHException) as error:
            raise CommandFailed(f"Failed to delete {path}: {error}") from error


def _read(sftp: SFTPClient, folder: str) -> tuple[list[SFTPAttributes], bool]:
    found: list[SFTPAttributes] = []
    for attributes in sftp.listdir_iter(folder):
        if len(found) == MAX_ENTRIES:
            return found, True
        found.append(attributes)
    return found, False


def _entry(sftp: SFTPClient, folder: str, attributes: SFTPAttributes) -> Entry:
    mode = attributes.st_mode or 0
    if stat.S_ISLNK(mode):
        try:
            mode = sftp.stat(f"{folder.rstrip('/')}/{attributes.filename}").st_mode or 0
        except OSError:
            mode = 0
    is_dir = stat.S_ISDIR(mode)
    return Entry(attributes.filename, is_dir, 0 if is_dir else attributes.st_size or 0, int(attributes.st_mtime or 0))
