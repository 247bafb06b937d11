"""What each metric of each run amounts to, kept in the cache folder: reading ten thousand runs again is for once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb
import orjson

from runicorn.query.facts import MetricFacts
from runicorn.query.marks import Mark, Marks, is_mark
from runicorn.query.metrics import Metrics
from runicorn.query.records import RunRecord
from runicorn.query.stack_facts import stack_facts
from runicorn.query.stacks import iter_stacks
from runicorn.storage.documents import Damaged, read_bytes, write_bytes

FORMAT = 2
FACTS = {
    "metric": "VARCHAR",
    "kind": "VARCHAR",
    "count": "BIGINT",
    "first_step": "BIGINT",
    "last_step": "BIGINT",
    "last": "DOUBLE",
    "min": "DOUBLE",
    "min_step": "BIGINT",
    "max": "DOUBLE",
    "max_step": "BIGINT",
    "mean": "DOUBLE",
    "nonfinite": "BIGINT",
    "first_nonfinite_step": "BIGINT",
}
"""The fields of MetricFacts, as columns."""

_ROW = attrgetter(*(field.name for field in fields(MetricFacts)))

Facts = tuple[Mark, list[Any]]
"""What the facts of a run stand on, and a row of the columns FACTS for every metric."""

_SAVE_AFTER = 50


class FactBook:
    """The facts of runs by run folder, remembered while their event files stay as they are."""

    def __init__(self, metrics: Metrics, cursor: Callable[[], duckdb.DuckDBPyConnection], path: Path) -> None:
        self._metrics = metrics
        self._cursor = cursor
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, Facts] | None = None
        self._marks = Marks()
        self._unsaved = 0

    def read(self, runs: Iterable[RunRecord]) -> list[Facts]:
        """Return the facts of each of `runs`."""
        with self._lock:
            if self._known is None:
                self._known = self._load()
            known = self._known
            marked = [(run, self._marks.of(run, _mark(known.get(run.files.folder)))) for run in runs]
            changed = [(run, mark) for run, mark in marked if _is_new(known.get(run.files.folder), mark)]
            marks = {id(run): mark for run, mark in changed}
            for stack in iter_stacks(changed, self._metrics, self._cursor):
                for run, facts in zip(stack.runs, stack_facts(stack), strict=True):
                    known[run.files.folder] = (marks[id(run)], [_ROW(fact) for fact in facts])
            self._unsaved += len(changed)
            if self._unsaved > _SAVE_AFTER:
                self._save()
            return [known[run.files.folder] for run, _ in marked]

    def close(self) -> None:
        """Save what was not saved yet."""
        with self._lock:
            if self._unsaved:
                self._save()

    def _load(self) -> dict[str, Facts]:
        try:
            document = orjson.loads(read_bytes(self._path, limit=1 << 30))
            if (document["format"], document["columns"]) != (FORMAT, [*FACTS]):
                return {}
            return {path: (mark, rows) for path, (mark, rows) in document["runs"].items() if is_mark(mark)}
        except (OSError, Damaged, ValueError, KeyError, TypeError):
            return {}

    def _save(self) -> None:
        document = {"format": FORMAT, "columns": [*FACTS], "runs": self._known}
        with contextlib.suppress(OSError, TypeError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(self._path, orjson.dumps(document), mode=0o600, sync=False)
        self._unsaved = 0


def _mark(known: Facts | None) -> Mark | None:
    return None if known is None else known[0]


def _is_new(known: Facts | None, mark: Mark) -> bool:
    return known is None or known[0][1] != mark[1]
