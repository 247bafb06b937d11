"""The images a run logged. Source: docs/disk-format.md, section 3."""

from __future__ import annotations

import math
from typing import Any

from runicorn.query.events import DamagedLine, iter_lines, parse_line, read_time
from runicorn.query.records import RunRecord
from runicorn.query.values import ImageRecord
from runicorn.storage.names import resolve_below
from runicorn.storage.runs import event_files


class Images:
    """Lists the images of runs."""

    def list(self, run: RunRecord) -> list[ImageRecord]:
        """Return the images of a run in the order they were logged."""
        return [_record(run, event) for path in event_files(run.files) for event in _image_events(path)]


def _image_events(path: Any) -> list[dict[str, Any]]:
    """Only lines that name the kind are parsed."""
    try:
        data = path.read_bytes()
    except OSError:
        return []
    events = []
    for line in iter_lines(data[: data.rfind(b"\n") + 1]):
        if b'"image"' not in line:
            continue
        try:
            event = parse_line(line)
        except DamagedLine:
            continue
        if event.get("type") == "image" and _is_image(event.get("data")):
            events.append(event)
    return events


def _is_image(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("key"), str) and isinstance(data.get("path"), str)


def _record(run: RunRecord, event: dict[str, Any]) -> ImageRecord:
    data, time = event["data"], read_time(event)
    step, caption = data.get("step"), data.get("caption")
    return ImageRecord(
        key=data["key"],
        path=data["path"],
        step=step if isinstance(step, int) and not isinstance(step, bool) else None,
        caption=caption if isinstance(caption, str) else None,
        ts=None if math.isnan(time) else time,
        file=resolve_below(run.files.path, data["path"]),
    )
