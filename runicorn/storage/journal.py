"""Append-only files of whole lines: `events.jsonl`, its further segments, and `logs.txt`.

A line handed to `Journal.append` is with the kernel when the call returns, so it outlives the process, however that
ends. Only what `Journal.sync` has seen outlives a power cut.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from runicorn.storage.documents import sync_folder

_OPEN_FLAGS = (
    os.O_RDWR
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_BLOCK_BYTES = 64 * 1024


class Journal:
    """One append-only file, opened at the first append. Several processes of one host may append to the same file.

    Not safe for threads: its owner holds a lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._torn = False
        self._dirty = False
        self._is_new = False

    def append(self, lines: bytes) -> None:
        """Add whole lines, each ending in a newline, in one write.

        Raises OSError when they could not be written, or only in part; the next append then starts on a new line,
        so that a torn line costs nothing but itself.
        """
        descriptor = self._descriptor
        if descriptor is None:
            descriptor = self._open()
        if self._torn:
            lines = b"\n" + lines
        self._torn = True
        written = os.write(descriptor, lines)
        if written != len(lines):
            reason = f"{os.strerror(errno.ENOSPC)}, only {written} of {len(lines)} bytes were written"
            raise OSError(errno.ENOSPC, reason, os.fspath(self.path))
        self._torn = False
        self._dirty = True

    def sync(self) -> None:
        """Make everything appended so far survive a power cut. Raises OSError when the disk cannot promise it."""
        if self._descriptor is None or not self._dirty:
            return
        self._dirty = False
        os.fsync(self._descriptor)
        if self._is_new:
            self._is_new = False
            sync_folder(self.path.parent)

    def is_vanished(self) -> bool:
        """Tell whether the open file is no longer the one at its path, because somebody removed or replaced it."""
        if self._descriptor is None:
            return False
        try:
            there = os.stat(self.path, follow_symlinks=False)
        except FileNotFoundError:
            return True
        return not os.path.samestat(there, os.fstat(self._descriptor))

    def close(self) -> None:
        """Let go of the file; a later append opens it again."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _open(self) -> int:
        is_new = not self.path.exists()
        descriptor = os.open(self.path, _OPEN_FLAGS, 0o666)
        try:
            details = os.fstat(descriptor)
            if not stat.S_ISREG(details.st_mode):
                raise OSError(errno.EINVAL, "not a plain file", os.fspath(self.path))
            self._torn = details.st_size > 0 and _last_byte(self.path) != b"\n"
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor, self._is_new = descriptor, is_new
        return descriptor


def segment_path(folder: Path, host: str, pid: int) -> Path:
    """Return the path of the event segment `events.<host>-<pid>.jsonl` that one process has to itself."""
    return folder / f"events.{re.sub(r'[^A-Za-z0-9_-]', '_', host)}-{pid}.jsonl"


def iter_lines_backwards(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file from the last to the first, without their newlines; the last may be unfinished.

    Memory grows with the longest line, not with the file.
    """
    with open(path, "rb") as file:
        position = file.seek(0, os.SEEK_END)
        rest = b""
        while position > 0:
            size = min(_BLOCK_BYTES, position)
            position -= size
            file.seek(position)
            rest, *lines = (file.read(size) + rest).split(b"\n")
            yield from reversed(lines)
        yield rest


def _last_byte(path: Path) -> bytes:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)
