"""Metrics of runs at rest as Parquet in the cache folder, many runs to a file, for SQL over all of them.

A pack is used only for runs whose event files are as they were when it was written. Packs may vanish at any moment.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import orjson

from runicorn.query.literals import literal
from runicorn.query.long_rows import drop_view, make_view
from runicorn.query.marks import Mark, Marks, is_at_rest, is_mark
from runicorn.query.metrics import Metrics
from runicorn.query.records import RunRecord
from runicorn.query.stacks import iter_stacks
from runicorn.query.views import clean_text
from runicorn.storage.documents import Damaged, read_bytes, write_bytes

FORMAT = 2
COLUMNS = ("run_id", "project", "name", "metric", "step", "time", "value", "text")
_STALE_SHARE = 0.3
_MAX_PACKS = 64
_PACKED_RUNS = 20
_PACKED_BYTES = 8 << 20
"""Fewer runs with less in their event files are read again faster than packed."""

_IN_USE_S = 600.0
"""A pack this young may still be read by another process."""


@dataclass(frozen=True, slots=True)
class _Packed:
    """Where the rows of a run are, and what they stand on: its event files, its id, project and name."""

    pack: str
    mark: Mark
    names: list[str | None]


class MetricPacks:
    """The view `metrics` of any runs."""

    def __init__(self, folder: Path, metrics: Metrics, cursor: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._folder = folder
        self._metrics = metrics
        self._cursor = cursor
        self._marks = Marks()
        self._lock = threading.Lock()
        self._packed: dict[str, _Packed] | None = None
        self._held: dict[str, RunRecord] = {}

    def make_view(
        self, cursor: duckdb.DuckDBPyConnection, runs: Sequence[RunRecord], *, all_runs: bool, copied: bool = False
    ) -> None:
        """Give `cursor` the view `metrics` over `runs`, from packs as far as they hold.

        `all_runs` says that these are all live runs, so that packs of others may go; `copied` makes a table of the
        view, which needs no file any more.
        """
        with self._lock:
            packed = self._load()
            missing = [run for run in runs if not self._holds(packed, run)]
            if all_runs and self._drop_stale(packed, len(runs) - len(missing)):
                missing = list(runs)
            resting = [run for run in missing if is_at_rest(run)]
            if self._is_worth_a_pack(resting) and self._write(cursor, packed, resting):
                missing = [run for run in missing if not is_at_rest(run)]
            self._fill(cursor, "fresh_metrics", missing)
            kind = "TABLE" if copied else "VIEW"
            rows = self._rows(cursor, packed, runs, {_key(run) for run in missing})
            cursor.execute(f"CREATE TEMP {kind} metrics AS {rows}")

    def _rows(
        self, cursor: duckdb.DuckDBPyConnection, packed: dict[str, _Packed], runs: Sequence[RunRecord], fresh: set[str]
    ) -> str:
        """The query that gives the rows of the view."""
        columns = ", ".join(COLUMNS)
        wanted = {_key(run) for run in runs} - fresh
        files = sorted({packed[path].pack for path in wanted})
        parts = [f"SELECT {columns} FROM temp.fresh_metrics"]
        if files:
            others = [path for path, entry in packed.items() if entry.pack in files and path not in wanted]
            names = ", ".join(literal(str(self._folder / file)) for file in files)
            cursor.execute(
                "CREATE TEMP TABLE other_runs AS SELECT unnest($paths::VARCHAR[]) AS run_dir", {"paths": others}
            )
            condition = "WHERE run_dir NOT IN (SELECT run_dir FROM temp.other_runs)" if others else ""
            if len(wanted) <= 100:
                condition = f"WHERE run_dir IN ({', '.join(map(literal, sorted(wanted)))})"
            parts.append(f"SELECT {columns} FROM read_parquet([{names}]) {condition}")
        return " UNION ALL ".join(parts)

    def _is_worth_a_pack(self, runs: list[RunRecord]) -> bool:
        size = sum(file[2] for run in runs for file in self._marks.of(run)[1])
        return len(runs) >= _PACKED_RUNS or size >= _PACKED_BYTES

    def _holds(self, packed: dict[str, _Packed], run: RunRecord) -> bool:
        """Whether a pack has the run as it is. What is packed is at rest: as long as the catalogue has the same
        record it need not be looked at again."""
        key = _key(run)
        entry = packed.get(key)
        if entry is None:
            return False
        if self._held.get(key) is not run:
            if entry.names != _names(run) or entry.mark[1] != self._marks.of(run, entry.mark)[1]:
                return False
            self._held[key] = run
        return True

    def _write(self, cursor: duckdb.DuckDBPyConnection, packed: dict[str, _Packed], runs: list[RunRecord]) -> bool:
        """Pack `runs`; return whether the cache folder let us."""
        name = f"{secrets.token_hex(8)}.parquet"
        written = {_key(run): _Packed(name, self._marks.of(run), _names(run)) for run in runs}
        self._fill(cursor, "packing", runs)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            target = literal(str(self._folder / name))
            cursor.execute(f"COPY (FROM temp.packing) TO {target} (FORMAT parquet, COMPRESSION zstd)")
        except (OSError, duckdb.IOException, duckdb.PermissionException):
            return False
        finally:
            drop_view(cursor, "packing")
        packed.update(written)
        self._save(packed)
        return True

    def _fill(self, cursor: duckdb.DuckDBPyConnection, table: str, runs: Sequence[RunRecord]) -> None:
        marked = [(run, self._marks.of(run)) for run in runs]
        make_view(cursor, table, iter_stacks(marked, self._metrics, self._cursor))

    def _drop_stale(self, packed: dict[str, _Packed], held: int) -> bool:
        """Give up all packs once many of their runs changed or are gone, all but `held`, or once there are too many;
        return whether that was so."""
        packs = {entry.pack for entry in packed.values()}
        if len(packed) - held <= _STALE_SHARE * len(packed) and len(packs) <= _MAX_PACKS:
            return False
        packed.clear()
        for path in self._folder.glob("*.parquet"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _IN_USE_S:
                    path.unlink()
        return True

    def _load(self) -> dict[str, _Packed]:
        """The packs that are there, of this or an earlier process."""
        if self._packed is None:
            self._packed = _load_index(self._folder / "index.json")
        there = set(os.listdir(self._folder)) if self._folder.is_dir() else set()
        for path in [path for path, entry in self._packed.items() if entry.pack not in there]:
            del self._packed[path]
        return self._packed

    def _save(self, packed: dict[str, _Packed]) -> None:
        runs = {path: [entry.pack, entry.mark, entry.names] for path, entry in packed.items()}
        with contextlib.suppress(OSError, TypeError):
            document = orjson.dumps({"format": FORMAT, "columns": COLUMNS, "runs": runs})
            write_bytes(self._folder / "index.json", document, mode=0o600, sync=False)


def _load_index(path: Path) -> dict[str, _Packed]:
    try:
        document = orjson.loads(read_bytes(path, limit=1 << 30))
        if (document["format"], tuple(document["columns"])) != (FORMAT, COLUMNS):
            return {}
        entries = {run: _Packed(str(pack), mark, names) for run, (pack, mark, names) in document["runs"].items()}
        return {run: entry for run, entry in entries.items() if is_mark(entry.mark)}
    except (OSError, Damaged, ValueError, KeyError, TypeError):
        return {}


def _names(run: RunRecord) -> list[str | None]:
    return [run.id, run.project, run.name]


def _key(run: RunRecord) -> str:
    return clean_text(run.files.folder)
