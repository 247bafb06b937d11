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

_FLAGS = (
    os.O_RDWR
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_BLOCK_BYTES = 64 * 1024
MAX_REWRITTEN_BYTES = 16 * 1024 * 1024
"""So much that a failed fsync was for is written again."""


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
        self._safe_bytes = 0
        self._is_suspect = False

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
        """Make everything appended so far survive a power cut. Raises OSError when the disk cannot promise it.

        After a failed fsync the system may take for written what is not, and the next would promise in vain. So that
        one begins by writing the same bytes to the same places again.
        """
        if self._descriptor is None or not self._dirty:
            return
        self._dirty = False
        try:
            size = os.fstat(self._descriptor).st_size
            if self._is_suspect:
                self._write_again(size)
            os.fsync(self._descriptor)
            if self._is_new:
                sync_folder(self.path.parent)
        except OSError:
            self._dirty = self._is_suspect = True
            raise
        self._safe_bytes, self._is_suspect, self._is_new = size, False, False

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
        descriptor = os.open(self.path, _FLAGS | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            details = os.fstat(descriptor)
            if not stat.S_ISREG(details.st_mode):
                raise OSError(errno.EINVAL, "not a plain file", os.fspath(self.path))
            self._torn = details.st_size > 0 and _last_byte(self.path) != b"\n"
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor, self._is_new = descriptor, is_new
        self._safe_bytes, self._is_suspect = details.st_size, False
        return descriptor

    def _write_again(self, size_bytes: int) -> None:
        """Through a descriptor of its own, since one that appends cannot write anywhere else."""
        count = max(0, size_bytes - self._safe_bytes)
        if count > MAX_REWRITTEN_BYTES:
            raise OSError(errno.EIO, "too much was not written to try again", os.fspath(self.path))
        descriptor = os.open(self.path, _FLAGS)
        try:
            os.lseek(descriptor, self._safe_bytes, os.SEEK_SET)
            lines = os.read(descriptor, count)
            os.lseek(descriptor, self._safe_bytes, os.SEEK_SET)
            if os.write(descriptor, lines) != count:
                raise OSError(errno.EIO, os.strerror(errno.EIO), os.fspath(self.path))
        finally:
            os.close(descriptor)


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
