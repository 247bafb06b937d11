"""The exact reading of events.jsonl, line by line. Source: docs/disk-format.md, section 3.

Whatever reads faster must agree with `parse_line` and `read_step`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

STEPS = frozenset({"global_step", "step"})
"""Keys of a metrics event that say its step."""

AXES = frozenset({"epoch"})
"""Keys of a metrics event that are no metrics but may be what curves are drawn over."""

MAX_STEP = 2**63 - 1


class DamagedLine(ValueError):
    """A line that is no JSON object."""


def iter_lines(data: bytes) -> Iterator[bytes]:
    """Yield the lines of `data` that are not blank; a byte order mark at the very start is left out."""
    for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        if line and not line.isspace():
            yield line


def parse_line(line: bytes) -> dict[str, Any]:
    """Return the event in `line`, with NaN and Infinity as Python's json writes them. Raises DamagedLine.

    Integers beyond 64 bits are rounded to doubles. Text that is not valid Unicode (bytes or a lone surrogate)
    damages its line.
    """
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return parse_line_exactly(line)
    if type(event) is not dict:
        raise DamagedLine("no JSON object")
    return event


def parse_line_exactly(line: bytes) -> dict[str, Any]:
    """As `parse_line`, with every digit of integers beyond 64 bits."""
    try:
        text = line.decode("utf-8")
        event = json.loads(text)
        if "\\u" in text:
            json.dumps(event, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise DamagedLine(str(error)) from error
    if type(event) is not dict:
        raise DamagedLine("no JSON object")
    return event


def metrics_data(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a metrics event logged, None for any other event."""
    data = event.get("data")
    return data if event.get("type") == "metrics" and type(data) is dict else None


def read_step(data: Mapping[str, Any]) -> int | None:
    """Return the step of a metrics event: `global_step`, else `step`; None when neither says one.

    `"7"` is 7, 8.9 is 8, true is 1. Text that is no number, NaN, infinities and numbers beyond 64 bits say none.
    """
    value = data.get("global_step")
    if type(value) is int and -MAX_STEP <= value <= MAX_STEP:
        return value
    if value is None:
        value = data.get("step")
    try:
        step = _to_integer(value)
    except (ValueError, OverflowError):
        return None
    return step if step is not None and -MAX_STEP <= step <= MAX_STEP else None


def read_time(event: Mapping[str, Any]) -> float:
    """Return the Unix time of an event, NaN when it has none."""
    value = event.get("ts")
    if type(value) is float:
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _to_integer(value: Any) -> int | None:
    if isinstance(value, (int, float)):
        return int(value)
    if not isinstance(value, str):
        return None
    try:
        return int(value)
    except ValueError:
        return int(float(value))
