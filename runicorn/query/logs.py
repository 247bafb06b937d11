"""The log text of a run. Source: docs/disk-format.md, section 2, and docs/http-api.md, section 2."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import BinaryIO

from runicorn.query.records import RunRecord
from runicorn.query.values import LogText

_BLOCK_BYTES = 1 << 20
_POLL_S = (0.2, 2.0)


class Logs:
    """Reads logs.txt of runs. Bytes that are not UTF-8 are dropped; a link in its place is not followed."""

    def read(self, run: RunRecord, last: int | None = None) -> LogText:
        """Return the lines of a run's log, only the `last` of them where given. A run without a log has none."""
        try:
            with _open(run.files.logs) as file:
                return _read(file, last)
        except OSError:
            return LogText([], 0, False)

    def tail(self, run: RunRecord, last: int | None = None) -> Tail:
        """Return a place in a run's log from which new lines are read; it starts `last` lines before the end."""
        return Tail(run.files.logs, last)

    def follow(self, run: RunRecord, stop: Event, last: int | None = None) -> Iterator[list[str]]:
        """Yield the whole lines of a run's log, only the `last` of those there already, then new ones as they appear,
        until `stop` is set.

        Looks every 0.2 s while lines come, up to every 2 s while none do, and yields an empty list each time there
        is nothing new.
        """
        tail = self.tail(run, last)
        wait = _POLL_S[0]
        while not stop.is_set():
            lines = tail.read_lines()
            yield lines
            wait = _POLL_S[0] if lines else min(wait * 1.5, _POLL_S[1])
            if not tail.has_more:
                stop.wait(wait)


class Tail:
    """A place in a log that grows. A log that was replaced or cut is read from its start again.

    `looked` says whether there was a look at all, `skipped` whether lines before the first one were left out,
    `exists` whether the log was there at the last look, `has_more` whether the next look gives lines at once,
    `restarted` whether the lines of the last look are the start of a log that was replaced or cut.
    """

    def __init__(self, path: Path, last: int | None = None) -> None:
        self._path = path
        self._last = last
        self._inode: int | None = None
        self._offset = 0
        self._unfinished = b""
        self.looked = False
        self.skipped = False
        self.exists = False
        self.has_more = False
        self.restarted = False

    def read_lines(self) -> list[str]:
        """Return the next whole lines, at most about a mebibyte of them, without waiting.

        A last line without a line break counts as whole when it did not grow between two looks; one beyond a
        mebibyte comes in pieces.
        """
        self.looked, self.has_more, self.restarted = True, False, False
        try:
            with _open(self._path) as file:
                self.exists = True
                return self._read(file)
        except OSError:
            self.exists = False
            return []

    def _read(self, file: BinaryIO) -> list[str]:
        details = os.fstat(file.fileno())
        if self._inode is None:
            self._inode, self._offset = details.st_ino, 0 if self._last is None else _start_of_last(file, self._last)
            self.skipped = self._offset > 0
        elif details.st_ino != self._inode or details.st_size < self._offset:
            self._inode, self._offset, self._unfinished, self.restarted = details.st_ino, 0, b"", True
        file.seek(self._offset)
        data = file.read(_BLOCK_BYTES)
        stop = data.rfind(b"\n") + 1 or (len(data) if len(data) == _BLOCK_BYTES else 0)
        if not stop and data == self._unfinished:
            stop = len(data)
        self._unfinished = data[stop:]
        self._offset += stop
        self.has_more = stop > 0 and details.st_size > self._offset
        return _decode(data[:stop])


def _start_of_last(file: BinaryIO, last: int) -> int:
    """Return where the `last` lines of a log begin."""
    position = file.seek(0, os.SEEK_END)
    left = last + 1
    while position > 0:
        start = max(position - _BLOCK_BYTES, 0)
        file.seek(start)
        block = file.read(position - start)
        count = block.count(b"\n")
        if count >= left:
            place = len(block)
            for _ in range(left):
                place = block.rindex(b"\n", 0, place)
            return start + place + 1
        left -= count
        position = start
    return 0


def _read(file: BinaryIO, last: int | None) -> LogText:
    if last is None:
        lines = _decode(file.read())
        return LogText(lines, len(lines), False)
    blocks: list[bytes] = []
    size = file.seek(0, os.SEEK_END)
    position, found = size, 0
    while position > 0 and found <= last:
        start = max(position - _BLOCK_BYTES, 0)
        file.seek(start)
        block = file.read(position - start)
        blocks.insert(0, block)
        found += block.count(b"\n")
        position = start
    lines = _decode(b"".join(blocks))
    total = len(lines) + _count_lines(file, position)
    lines = lines[-last:] if last > 0 else []
    return LogText(lines, total, total > len(lines))


def _count_lines(file: BinaryIO, stop: int) -> int:
    """Count the line breaks in the first `stop` bytes."""
    file.seek(0)
    count = 0
    while stop > 0 and (block := file.read(min(_BLOCK_BYTES, stop))):
        count += block.count(b"\n")
        stop -= len(block)
    return count


def _decode(data: bytes) -> list[str]:
    """Lines end at a line feed only: other breaks that Unicode knows are text."""
    if not data:
        return []
    return [line.removesuffix("\r") for line in data.removesuffix(b"\n").decode("utf-8", "ignore").split("\n")]


def _open(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    return open(descriptor, "rb")
