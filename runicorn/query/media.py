"""The samples a run logged: images, sounds, tables and the like. Source: docs/disk-format.md, section 3."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from runicorn.query.events import DamagedLine, iter_lines, parse_line, read_time
from runicorn.query.records import RunRecord
from runicorn.query.values import MediaRecord
from runicorn.storage.names import resolve_below
from runicorn.storage.runs import event_files

KINDS = ("image", "audio", "video", "table", "histogram", "text", "html")


class Media:
    """Lists the samples of runs that are of one of `kinds`."""

    def __init__(self, kinds: Iterable[str] = KINDS) -> None:
        self._names = {kind: f'"{kind}"'.encode() for kind in kinds}

    def list(self, run: RunRecord) -> list[MediaRecord]:
        """Return the samples of a run in the order they were logged. What they hold is read by `query.samples`."""
        return [_record(run, event) for path in event_files(run.files) for event in _events(path, self._names)]


def _events(path: Path, names: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Only lines that name a kind are parsed, and most files name none."""
    try:
        data = path.read_bytes()
    except OSError:
        return []
    named = [name for name in names.values() if name in data]
    if not named:
        return []
    lines = iter_lines(data[: data.rfind(b"\n") + 1])
    events = (_parse(line) for line in lines if any(name in line for name in named))
    return [event for event in events if event.get("type") in names and _is_sample(event)]


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
