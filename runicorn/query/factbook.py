"""What each metric of each run amounts to, kept in the cache folder: reading ten thousand runs again is for once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import orjson

from runicorn.query.marks import Mark, Marks
from runicorn.query.metrics import Metrics
from runicorn.query.records import RunRecord
from runicorn.storage.documents import Damaged, read_bytes, write_bytes

FORMAT = 1
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

Facts = tuple[Mark, list[list[Any]]]
"""What the facts of a run stand on, and a row of the columns FACTS for every metric."""

_SAVE_AFTER = 50


class FactBook:
    """The facts of runs by run folder, remembered while their event files stay as they are."""

    def __init__(self, metrics: Metrics, path: Path) -> None:
        self._metrics = metrics
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, Facts] | None = None
        self._marks = Marks()
        self._unsaved = 0

    def read(self, runs: Iterable[RunRecord]) -> dict[Path, Facts]:
        """Return the facts of `runs` by run folder."""
        with self._lock:
            if self._known is None:
                self._known = self._load()
            answer = {run.run_dir: self._read_one(run, self._known) for run in runs}
            if self._unsaved > _SAVE_AFTER:
                self._save()
            return answer

    def close(self) -> None:
        """Save what was not saved yet."""
        with self._lock:
            if self._unsaved:
                self._save()

    def _read_one(self, run: RunRecord, known: dict[str, Facts]) -> Facts:
        mark = self._marks.of(run)
        found = known.get(str(run.run_dir))
        if found is None or found[0] != mark:
            rows = [list(astuple(facts)) for facts in self._metrics.facts(run)]
            found = known[str(run.run_dir)] = (mark, rows)
            self._unsaved += 1
        return found

    def _load(self) -> dict[str, Facts]:
        try:
            document = orjson.loads(read_bytes(self._path, limit=1 << 30))
            if (document["format"], document["columns"]) != (FORMAT, [*FACTS]):
                return {}
            return {path: (mark, rows) for path, (mark, rows) in document["runs"].items()}
        except (OSError, Damaged, ValueError, KeyError, TypeError):
            return {}

    def _save(self) -> None:
        document = {"format": FORMAT, "columns": [*FACTS], "runs": self._known}
        with contextlib.suppress(OSError, TypeError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(self._path, orjson.dumps(document), mode=0o600, sync=False)
        self._unsaved = 0
