"""The rules of docs/http-api.md, section 2, in plain Python: slow, obvious, and what every answer is held against."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

HIDDEN = {"global_step", "step", "epoch"}


def read_events(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return the objects among the whole lines of an event file, and how many lines are none."""
    events, damaged = [], 0
    for line in data[: data.rfind(b"\n") + 1].split(b"\n"):
        if not line.strip():
            continue
        try:
            event = json.loads(line.decode("utf-8"))
            json.dumps(event, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError):
            damaged += 1
            continue
        if isinstance(event, dict):
            events.append(event)
        else:
            damaged += 1
    return events, damaged


def step_of(data: dict[str, Any]) -> int | None:
    """The step of a metrics event."""
    value = data["global_step"] if data.get("global_step") is not None else data.get("step")
    if not isinstance(value, (int, float, str)):
        return None
    try:
        step = int(value)
    except (ValueError, OverflowError):
        try:
            step = int(float(value))
        except (ValueError, OverflowError):
            return None
    return step if abs(step) < 2**63 else None


def logged(events: list[dict[str, Any]], hidden: set[str] = HIDDEN) -> list[tuple[int, dict[str, Any], Any]]:
    """(step, kept values, ts) of the metrics events that have a step."""
    kept = []
    for event in events:
        data = event.get("data")
        if event.get("type") != "metrics" or not isinstance(data, dict) or step_of(data) is None:
            continue
        values = {
            key: value for key, value in data.items() if key not in hidden and not isinstance(value, (dict, list))
        }
        kept.append((step_of(data), values, event.get("ts")))
    return kept


def merged(events: list[dict[str, Any]], hidden: set[str] = HIDDEN) -> dict[int, dict[str, Any]]:
    """Values by step, steps ascending, the later value of a key winning."""
    rows: dict[int, dict[str, Any]] = {}
    for step, values, _ in logged(events, hidden):
        rows.setdefault(step, {}).update(values)
    return dict(sorted(rows.items()))


def table(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer of metrics_step without sampling; non-finite numbers are None."""
    rows = merged(events)
    columns = sorted({key for values in rows.values() for key in values})
    shown = [
        {"global_step": step, **{key: finite(values.get(key)) for key in columns}} for step, values in rows.items()
    ]
    head = ["global_step", *columns] if rows else []
    return {"columns": head, "rows": shown, "total": len(shown), "sampled": len(shown)}


def points(events: list[dict[str, Any]], name: str) -> list[tuple[int, float]]:
    """(step, number) of one metric, truth values and big integers as doubles."""
    numbers = []
    for step, values in merged(events).items():
        value = values.get(name)
        if isinstance(value, (int, float)):
            numbers.append((step, as_double(value)))
    return numbers


def points_over(events: list[dict[str, Any]], name: str, x: str) -> list[tuple[float, int, float]]:
    """(x, step, number) of one metric by the x of another or of the epoch, without points that have none."""
    found = []
    for step, values in merged(events, hidden={"global_step", "step"}).items():
        place, value = values.get(x), values.get(name)
        if isinstance(place, (int, float)) and isinstance(value, (int, float)) and math.isfinite(as_double(place)):
            found.append((as_double(place), step, as_double(value)))
    return sorted(found, key=lambda point: point[0])


def as_double(value: float) -> float:
    """`value` as a double, infinite where it is an integer beyond them."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def finite(value: Any) -> Any:
    """`value`, None where it is a number that is not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_file(path: Path) -> list[dict[str, Any]]:
    """The events of one file."""
    return read_events(path.read_bytes())[0]
