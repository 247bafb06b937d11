"""The samples a run logged: images, sounds, tables and the like. Source: docs/disk-format.md, section 3."""

from __future__ import annotations

import math
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from runicorn.query.events import DamagedLine, iter_lines, parse_line, read_time
from runicorn.query.records import RunRecord
from runicorn.query.values import MediaRecord
from runicorn.query.whole_lines import iter_blocks, last_break, seam
from runicorn.storage.names import resolve_below
from runicorn.storage.runs import event_files

KINDS = frozenset({"image", "audio", "video", "table", "histogram", "text", "html"})
MAX_FILES = 1000
"""Of how many event files it is remembered how far they were searched."""


@dataclass(frozen=True, slots=True)
class _Searched:
    """The samples in the first `read` bytes of a file; `seam` are the last of those, to tell growth from rewriting."""

    file: tuple[int, int] = (0, 0)
    read: int = 0
    seam: bytes = b""
    events: tuple[dict[str, Any], ...] = ()


class Media:
    """Lists the samples of runs. A file that grew is searched in its new bytes only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._searched: OrderedDict[Path, _Searched] = OrderedDict()

    def list(self, run: RunRecord, kinds: Collection[str] = KINDS) -> list[MediaRecord]:
        """Return the samples of a run in the order they were logged. What they hold is read by `query.samples`."""
        events = (event for path in event_files(run.files) for event in self._events(path))
        return [_record(run, event) for event in events if event["type"] in kinds]

    def count(self, run: RunRecord) -> int:
        """Return how many samples a run has."""
        return sum(len(self._events(path)) for path in event_files(run.files))

    def _events(self, path: Path) -> tuple[dict[str, Any], ...]:
        with self._lock:
            earlier = self._searched.get(path, _Searched())
        try:
            with path.open("rb") as file:
                searched = _search(file, earlier)
        except OSError:
            return ()
        with self._lock:
            self._searched[path] = searched
            self._searched.move_to_end(path)
            if len(self._searched) > MAX_FILES:
                self._searched.popitem(last=False)
        return searched.events


def _search(file: BinaryIO, earlier: _Searched) -> _Searched:
    """Search what an event file holds beyond `earlier`, or all of it when it is another or was written anew."""
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        return _Searched()
    identity, stop = (found.st_dev, found.st_ino), last_break(file, found.st_size)
    if earlier.file != identity or stop < earlier.read or seam(file, earlier.read) != earlier.seam:
        earlier = _Searched(identity)
    events = list(earlier.events)
    for _, block in iter_blocks(file, earlier.read, stop):
        events += _samples(block)
    return _Searched(identity, stop, seam(file, stop), tuple(events))


def _samples(lines: bytes) -> list[dict[str, Any]]:
    """Only lines that hold the word that every sample has are parsed, and most blocks have none."""
    if b'"key"' not in lines:
        return []
    events = (_parse(line) for line in iter_lines(lines) if b'"key"' in line)
    return [event for event in events if event.get("type") in KINDS and _is_sample(event)]


def _parse(line: bytes) -> dict[str, Any]:
    try:
        event = parse_line(line)
    except DamagedLine:
        return {}
    return event if isinstance(event.get("type"), str) else {}


def _is_sample(event: dict[str, Any]) -> bool:
    """A histogram has its numbers in the event, any other sample a file."""
    data = event.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("key"), str):
        return False
    return isinstance(data.get("path"), str) or event["type"] == "histogram"


def _record(run: RunRecord, event: dict[str, Any]) -> MediaRecord:
    data, time = event["data"], read_time(event)
    step, caption, path = data.get("step"), data.get("caption"), data.get("path")
    return MediaRecord(
        kind=event["type"],
        key=data["key"],
        path=path if isinstance(path, str) else "",
        step=step if isinstance(step, int) and not isinstance(step, bool) else None,
        caption=caption if isinstance(caption, str) else None,
        ts=None if math.isnan(time) else time,
        file=resolve_below(run.files.path, path) if isinstance(path, str) else None,
        data=data,
    )
