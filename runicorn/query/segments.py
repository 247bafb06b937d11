"""A cache of parsed event files: a file that grew costs its new bytes, one that was replaced is read anew."""

from __future__ import annotations

import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import duckdb

from runicorn.query.copies import COPY_FROM_BYTES, Copies, Source
from runicorn.query.scan import load_file, read_lines
from runicorn.query.table import Events, EventTable
from runicorn.query.values import CacheStats
from runicorn.query.whole_lines import last_break, seam

MAX_BYTES = 256 << 20

_SCAN_FROM_BYTES = 2 << 20
"""Below this size reading line by line is done before DuckDB is under way."""

_GROWN_SHARE = 16
"""A file that grew by more than this share of it is parsed anew, with DuckDB, faster than line by line."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What one event file holds up to its last line break. `version` changes whenever the content does; what has the
    same `origin` begins with the same rows."""

    events: Events
    damaged: int
    torn_tail: bool
    version: int
    origin: int


@dataclass(slots=True)
class _Entry:
    """A parsed file. `read` bytes of it are in `table`, which takes up `nbytes`; `seam` are the last of those, to tell
    growth from rewriting."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    key: tuple[int, int, int] | None = None
    table: EventTable = field(default_factory=EventTable)
    origin: int = 0
    read: int = 0
    seam: bytes = b""
    nbytes: int = 0
    segment: Segment | None = None


class SegmentCache:
    """Parsed event files by path, at most `max_bytes` of them, the least recently used given up first. Large ones are
    kept in the folder `copies` for the next process."""

    def __init__(
        self,
        cursor: Callable[[], duckdb.DuckDBPyConnection],
        *,
        copies: Path | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._cursor = cursor
        self._copies = Copies(copies, cursor)
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[Path, _Entry] = OrderedDict()
        self._sizes: dict[Path, int] = {}
        self._bytes = 0
        self._versions = 0
        self._hits = self._misses = self._updates = 0

    def read(self, path: Path) -> Segment | None:
        """Return the content of `path` as it is now, None when it cannot be read."""
        with self._lock:
            entry = self._entries.setdefault(path, _Entry())
            self._entries.move_to_end(path)
        with entry.lock:
            try:
                segment = self._refresh(path, entry)
            except OSError:
                segment = None
        self._account(path, entry.nbytes if segment else None)
        return segment

    def unread_bytes(self, path: Path) -> int:
        """How much of `path` is not in memory, nothing when it cannot be read."""
        with self._lock:
            entry = self._entries.get(path)
        try:
            size = path.stat().st_size
        except OSError:
            return 0
        return size if entry is None or entry.segment is None else max(0, size - entry.read)

    def stats(self) -> CacheStats:
        """How the cache did so far."""
        with self._lock:
            return CacheStats(
                size=len(self._entries),
                hits=self._hits,
                misses=self._misses,
                incremental_updates=self._updates,
                bytes=self._bytes,
            )

    def close(self) -> None:
        """End what goes on behind the answers."""
        self._copies.close()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._sizes.clear()
            self._bytes = 0

    def _refresh(self, path: Path, entry: _Entry) -> Segment:
        with path.open("rb") as file:
            details = os.fstat(file.fileno())
            if not stat.S_ISREG(details.st_mode):
                raise OSError("not a plain file")
            key = (details.st_ino, details.st_size, details.st_mtime_ns)
            if entry.segment is not None and entry.key == key:
                self._count("_hits")
                return entry.segment
            stop = last_break(file, details.st_size)
            grown = entry.segment is not None and entry.key is not None and entry.key[0] == key[0]
            if not (grown and stop >= entry.read and seam(file, entry.read) == entry.seam):
                entry.table, entry.origin, entry.read, grown = EventTable(), self._version(), 0, False
                if stop >= COPY_FROM_BYTES:
                    self._take_copy(entry, path, file, key)
            self._count("_updates" if grown else "_misses")
            fresh = entry.read == 0
            self._append(entry, path, stop)
            entry.seam = seam(file, entry.read)
            if fresh and stop >= COPY_FROM_BYTES:
                source = Source(*key, entry.read, entry.seam.hex())
                self._copies.write(path, source, entry.table.snapshot(), entry.table.damaged)
        entry.key, entry.nbytes = key, entry.table.nbytes
        torn = stop < details.st_size
        entry.segment = Segment(
            entry.table.snapshot(), entry.table.damaged, torn, version=self._version(), origin=entry.origin
        )
        return entry.segment

    def _take_copy(self, entry: _Entry, path: Path, file: BinaryIO, key: tuple[int, int, int]) -> None:
        """Begin with the copy of the file if it is as it was, or has only grown by a little."""

        def holds(source: Source) -> bool:
            same = (source.inode, source.size, source.mtime_ns) == key
            grown = source.inode == key[0] and source.size < key[1] <= source.size + source.size // _GROWN_SHARE
            return (same or grown) and seam(file, source.read).hex() == source.seam

        copy = self._copies.find(path, holds)
        if copy is not None:
            entry.read, entry.table = copy[0].read, copy[1]

    def _append(self, entry: _Entry, path: Path, stop: int) -> None:
        if entry.read == 0 and stop >= _SCAN_FROM_BYTES:
            load_file(entry.table, path, stop, self._cursor)
        else:
            read_lines(entry.table, path, entry.read, stop)
        entry.read = stop

    def _account(self, path: Path, size: int | None) -> None:
        """Note the size of an entry (None: give it up), and make room."""
        with self._lock:
            self._bytes -= self._sizes.pop(path, 0)
            if size is None:
                self._entries.pop(path, None)
            elif path in self._entries:
                self._sizes[path] = size
                self._bytes += size
            while len(self._entries) > 1 and self._bytes > self._max_bytes:
                oldest, _ = self._entries.popitem(last=False)
                self._bytes -= self._sizes.pop(oldest, 0)

    def _count(self, counter: str) -> None:
        with self._lock:
            setattr(self, counter, getattr(self, counter) + 1)

    def _version(self) -> int:
        with self._lock:
            self._versions += 1
            return self._versions
