"""What one page hears over its socket. Frames: docs/http-api.md, "Live socket".

A page says what it watches; twice a second the watched things are looked at, and what changed is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import orjson
from marshmallow import ValidationError

from runicorn.errors import RunicornError, RunNotFound
from runicorn.export.context import shape
from runicorn.query import Reader
from runicorn.query.logs import Tail
from runicorn.query.records import RunRecord
from runicorn.viewer import answers
from runicorn.viewer.schemas.live import SeriesFrame, WatchFrame
from runicorn.viewer.series import curves_of_runs
from runicorn.viewer.sockets import Connection

LOOK_SECONDS = 0.5
RUN_SECONDS = 1.0
LIST_SECONDS = 2.0
LINES_IN_FRAME = 2_000
OLD_LINES = 10_000

Frame = dict[str, Any]


class Session:
    """One open page."""

    def __init__(self, connection: Connection, reader: Reader) -> None:
        self._connection = connection
        self._reader = reader
        self._watches: list[Watch] = []

    def run(self) -> None:
        """Answer and tell until the client leaves or the server stops."""
        next_look = time.monotonic()
        while not self._connection.has_ended():
            message = self._connection.receive(max(0.0, next_look - time.monotonic()))
            if message is not None:
                self._answer(message)
            if time.monotonic() >= next_look:
                self._look()
                next_look = time.monotonic() + LOOK_SECONDS

    def _answer(self, message: str | bytes) -> None:
        frame: Any = None
        try:
            frame = orjson.loads(message)
            kind = frame.get("type") if isinstance(frame, dict) else None
            if kind == "watch":
                self._watch(WatchFrame().load(frame))
            elif kind == "series":
                self._send(self._curves(SeriesFrame().load(frame)))
            else:
                self._refuse(frame, "type must be watch or series.")
        except orjson.JSONDecodeError:
            self._refuse(frame, "A frame must be a JSON object.")
        except ValidationError as error:
            self._refuse(frame, str(error.normalized_messages()))
        except RunicornError as error:
            self._refuse(frame, str(error))

    def _watch(self, frame: Frame) -> None:
        self._watches = [RunWatch(self._reader, run_id) for run_id in dict.fromkeys(frame["runs"])]
        if frame["list"]:
            self._watches.append(ListWatch(self._reader))
        if frame["logs"] is not None:
            self._watches.append(LogWatch(self._reader, frame["logs"]))
        self._look()

    def _curves(self, frame: Frame) -> Frame:
        found = curves_of_runs(self._reader, frame["runs"], frame)
        return {"type": "series", "id": frame["id"], **found}

    def _look(self) -> None:
        for watch in self._watches:
            for frame in watch.news():
                self._send(frame)

    def _refuse(self, frame: Any, detail: str) -> None:
        asked = frame.get("id") if isinstance(frame, dict) else None
        self._send({"type": "error", "id": asked if isinstance(asked, int) else None, "detail": detail})

    def _send(self, frame: Frame) -> None:
        self._connection.send(answers.dump(frame).decode())


class Watch:
    """Something a page watches."""

    def news(self) -> Iterator[Frame]:
        """Yield what is to be told since the last time."""
        raise NotImplementedError


class RunWatch(Watch):
    """State and newest step of one run, at most once a second."""

    def __init__(self, reader: Reader, run_id: str) -> None:
        self._reader = reader
        self._run_id = run_id
        self._told: tuple[Any, ...] | None = None
        self._next = 0.0

    def news(self) -> Iterator[Frame]:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + RUN_SECONDS
        try:
            run = self._reader.runs.get(self._run_id)
        except RunNotFound:
            if self._told != ():
                self._told = ()
                yield {"type": "gone", "run_id": self._run_id}
            return
        state = (run.status, run.liveness, run.updated_at)
        if state != self._told:
            self._told = state
            yield self._frame(run)

    def _frame(self, run: RunRecord) -> Frame:
        facts = self._reader.metrics.facts(run)
        return {
            "type": "run",
            "run_id": run.id,
            "status": run.status,
            "liveness": run.liveness,
            "updated_at": run.updated_at,
            "duration_s": run.duration_s,
            "total_steps": self._reader.metrics.series(run, []).total_steps,
            "last_step": max((fact.last_step for fact in facts), default=None),
            "shape": shape(self._reader, run, facts),
        }


class ListWatch(Watch):
    """Which runs there are and in what state; told without details, at most every two seconds."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known = self._states()
        self._next = 0.0

    def news(self) -> Iterator[Frame]:
        if time.monotonic() < self._next:
            return
        states = self._states()
        if states != self._known:
            self._known = states
            self._next = time.monotonic() + LIST_SECONDS
            yield {"type": "list"}

    def _states(self) -> list[tuple[str, str]]:
        return [(run.id, run.status) for run in self._reader.runs.list_runs()]


class LogWatch(Watch):
    """The log of one run: its end first, then what is added. `reset` says that the lines before are to be dropped."""

    def __init__(self, reader: Reader, run_id: str) -> None:
        self._run_id = run_id
        self._tail: Tail | None = None
        self._first = True
        try:
            self._tail = reader.logs.tail(reader.runs.get(run_id), OLD_LINES)
        except RunNotFound:
            self._first = False

    def news(self) -> Iterator[Frame]:
        more = self._tail is not None
        while more and self._tail is not None:
            lines = self._tail.read_lines()
            reset = self._first or self._tail.restarted
            for start in range(0, max(len(lines), int(reset)), LINES_IN_FRAME):
                part = lines[start : start + LINES_IN_FRAME]
                yield {"type": "log", "run_id": self._run_id, "lines": part, "reset": reset and start == 0}
            self._first = False
            more = self._tail.has_more
