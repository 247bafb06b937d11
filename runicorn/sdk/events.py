"""The events of one run: the step counter, and how logged values become lines of `events.jsonl`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from runicorn.sdk.complaints import Complaints
from runicorn.sdk.media.base import Media
from runicorn.sdk.recorder import Recorder
from runicorn.sdk.values import PLAIN_TYPES, encode_line, flatten, to_json_or_text
from runicorn.storage.layout import MEDIA
from runicorn.storage.names import fit_file_name

_NOT_LOGGED = frozenset({"step", "global_step"})
_NEEDS_CARE = _NOT_LOGGED | {""}
_MAX_STEP = 2**63 - 1


class EventLog:
    """Numbers the steps of a run and appends its events; safe for threads, each thread's events keep their order.

    `rank` marks the events of one process of a distributed run. With `strict` a value that cannot be kept raises
    TypeError; else it is left out, reported once by name and counted in `refused`.
    """

    def __init__(
        self, recorder: Recorder, complaints: Complaints, *, step: int, rank: int | None, strict: bool
    ) -> None:
        self.step = step
        self.refused = 0
        self._recorder = recorder
        self._complaints = complaints
        self._head = {} if rank is None else {"rank": rank}
        self._strict = strict

    def log_metrics(self, values: Mapping[Any, Any], step: Any, stage: Any) -> tuple[Mapping[str, Any], int]:
        """Append one event, and one more for every media among the values; returns the pairs as kept and their step.

        `step` sets the counter, None counts one up. Source of the rule: docs/disk-format.md, section 3.
        """
        if type(values) is not dict and not isinstance(values, Mapping):
            raise TypeError(f"metrics are logged as a mapping of names to values, not as {type(values).__name__}")
        media: dict[str, Media] | None = None
        if not (PLAIN_TYPES.issuperset(map(type, values.values())) and _NEEDS_CARE.isdisjoint(values)):
            media = {}
            values = self._clean(values, media)
        if stage is not None:
            values = {**values, "stage": to_json_or_text(stage)}
        with self._recorder.lock:
            self.step = step = self.step + 1 if step is None else self._to_step(step)
            if values or not media:
                values = self._append(values, step, time.time())
        if media:
            for name, item in media.items():
                self.log_media(name, item, step)
        return values, step

    def log_media(self, key: str, media: Media, step: int | None) -> str | None:
        """Keep a sample and its event; returns its path in the run. The step counter stays.

        Raises what the media's own `encode` raises.
        """
        content, path = media.encode(), None
        if content is not None:
            name = f"{time.time_ns() // 1_000_000}_{os.urandom(3).hex()}_{fit_file_name(key)}.{media.format}"
            path = f"{MEDIA}/{name}"
            self._recorder.write_file(self._recorder.run.media / name, content)
        data = {"key": key, "path": path, "step": step, "caption": media.caption, **media.details()}
        self.log_record(media.kind, to_json_or_text(data))
        return path

    def log_record(self, kind: str, data: Mapping[str, Any]) -> None:
        """Append an event of another type than metrics; it does not move the step counter."""
        self._recorder.append_event(encode_line({"ts": time.time(), "type": kind, **self._head, "data": data}))

    def log_beside(self, values: Mapping[str, Any]) -> None:
        """Append plain metrics at the step the run has reached, without moving the counter."""
        with self._recorder.lock:
            self._append(values, self.step, time.time())

    def _append(self, values: Mapping[str, Any], step: int, now: float) -> Mapping[str, Any]:
        data = {**values, "global_step": step, "time": now}
        try:
            line = encode_line({"ts": now, "type": "metrics", **self._head, "data": data})
        except (TypeError, ValueError):
            values = self._clean(values, {})
            data = {**values, "global_step": step, "time": now}
            line = encode_line({"ts": now, "type": "metrics", **self._head, "data": data})
        self._recorder.append_event(line)
        return values

    def _to_step(self, step: Any) -> int:
        try:
            number = int(step)
        except (TypeError, ValueError, OverflowError) as error:
            return self._next_step(f"step {type(step).__name__} is no whole number", error)
        if abs(number) > _MAX_STEP:
            return self._next_step("step is beyond 64 bits", None)
        return number

    def _next_step(self, reason: str, error: Exception | None) -> int:
        if self._strict:
            raise ValueError(reason) from error
        self._complaints.say("step", f"{reason}; the next one is taken.")
        return self.step + 1

    def _clean(self, values: Mapping[Any, Any], media: dict[str, Media]) -> dict[str, Any]:
        kept = flatten(values, self._refuse, media)
        for name in _NOT_LOGGED:
            kept.pop(name, None)
        return kept

    def _refuse(self, name: str, reason: str) -> None:
        if self._strict:
            raise TypeError(f"{name!r} cannot be logged: {reason}.")
        self.refused += 1
        self._complaints.say(f"value {name}", f"{name[:100]!r} is not logged: {reason}.")
