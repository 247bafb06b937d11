"""The rows of a run, one for each step, which go on while its files grow."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runicorn.query.merge import between, join_segments, last_clock, merge_steps
from runicorn.query.segments import Segment
from runicorn.query.table import Events, EventTable


@dataclass(frozen=True, slots=True)
class _Read:
    """What of a segment is merged: its first `rows`, the clock of the last of which says `clock`."""

    rows: int = 0
    clock: float = -np.inf


class MergedRun:
    """The merged rows of one run. New steps behind all others, as they come while a run goes on, are added at their
    own cost; anything else is merged anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events = merge_steps(join_segments([]))
        self._read: dict[int, _Read] = {}
        self._table: EventTable | None = None

    def update(self, segments: Sequence[Segment]) -> Events:
        """Return the rows of `segments`, or of later states of them that were merged already."""
        if len(segments) == 1 and segments[0].events.sorted:
            return segments[0].events
        with self._lock:
            if not self._grow(segments):
                self._events = merge_steps(join_segments([segment.events for segment in segments]))
                self._table = None
                self._read = {
                    segment.origin: _Read(len(segment.events), last_clock(segment.events)) for segment in segments
                }
            return self._events

    def _grow(self, segments: Sequence[Segment]) -> bool:
        """Add what is new in `segments`, if it is that simple; return whether it was."""
        origins = {segment.origin for segment in segments}
        if not self._read or not origins.issuperset(self._read):
            return False
        grown = [segment for segment in segments if len(segment.events) > self._known(segment).rows]
        if not grown:
            return True
        parts = [between(segment.events, self._known(segment).rows, len(segment.events)) for segment in grown]
        new = merge_steps(join_segments(parts, [self._known(segment).clock for segment in grown]))
        if not len(self._events) or new.steps[0] <= self._events.steps[-1]:
            return False
        if self._table is None:
            self._table = EventTable()
            self._table.append_events(self._events)
        self._table.append_events(new)
        self._events = self._table.snapshot()
        self._read |= {
            segment.origin: _Read(len(segment.events), max(self._known(segment).clock, last_clock(part)))
            for segment, part in zip(grown, parts, strict=True)
        }
        return True

    def _known(self, segment: Segment) -> _Read:
        return self._read.get(segment.origin, _Read())
