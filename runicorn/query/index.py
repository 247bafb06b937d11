"""Tables of runs kept in DuckDB for searching, sorting and paging; a change costs the runs that changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from runicorn.errors import QueryError
from runicorn.query import search, views
from runicorn.query.factbook import FACTS, FactBook
from runicorn.query.marks import Mark
from runicorn.query.records import RunRecord
from runicorn.query.search_sql import Compiler

_PARAMS = {"run_dir": "VARCHAR", "key": "VARCHAR", "value": "VARCHAR", "number": "DOUBLE"}
_FEW = 500
"""Up to so many changed runs are replaced one by one; more are all written anew."""


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Runs of one page, in order; `total` counts the runs found. `sql` and `parameters` are what was asked."""

    runs: list[RunRecord]
    total: int
    sql: str
    parameters: dict[str, object]


class RunIndex:
    """Answers searches over runs."""

    def __init__(self, cursor: Callable[[], duckdb.DuckDBPyConnection], facts: FactBook) -> None:
        self._cursor = cursor
        self._facts = facts
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._runs: Sequence[RunRecord] = ()
        self._known: dict[Path, RunRecord] = {}
        self._by_key: dict[str, RunRecord] = {}
        self._with_facts: dict[Path, Mark] | None = None

    def search(
        self,
        runs: Sequence[RunRecord],
        text: str,
        *,
        order_by: str | None = None,
        descending: bool = True,
        limit: int | None = None,
        offset: int = 0,
    ) -> SearchAnswer:
        """Return the `runs` that `text` finds; without `order_by` in the order given. Missing values come last.

        Raises QueryError with the position of what is wrong.
        """
        compiler = Compiler()
        condition = compiler.condition(search.parse(text))
        order = ""
        if order_by:
            expression = compiler.order(search.parse_field(order_by))
            order = f"ORDER BY {expression} {'DESC' if descending else 'ASC'} NULLS LAST, place"
        with self._lock:
            self._update(runs, with_facts=compiler.uses_metrics)
            sql = f"SELECT run_dir FROM runs WHERE {condition} {order or 'ORDER BY place'}"
            try:
                found = self._open().execute(sql, compiler.parameters or None).fetchall()
            except duckdb.Error as error:
                raise QueryError(str(error)) from error
            page = found[offset:] if limit is None else found[offset : offset + limit]
            chosen = [self._by_key[key] for (key,) in page]
        return SearchAnswer(chosen, len(found), sql, compiler.parameters)

    def close(self) -> None:
        """Give the tables up."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._runs, self._known, self._with_facts = None, (), {}, None

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = self._cursor()
        return self._connection

    def _update(self, runs: Sequence[RunRecord], *, with_facts: bool) -> None:
        """Bring the tables up to date with `runs`."""
        if runs is not self._runs or self._connection is None:
            self._update_runs({run.run_dir: run for run in runs})
            self._runs = runs
        if with_facts:
            self._update_facts(runs)

    def _update_runs(self, new: dict[Path, RunRecord]) -> None:
        gone = [path for path in self._known if path not in new]
        changed = [run for path, run in new.items() if self._known.get(path) is not run]
        if not self._runs or len(gone) + len(changed) > _FEW:
            self._write_all([*new.values()])
        elif gone or changed:
            self._delete([*gone, *(run.run_dir for run in changed)])
            self._insert(changed)
        if [*new] != [*self._known]:
            self._renumber([*new.values()])
        if gone or changed:
            self._by_key = {_key(path): run for path, run in new.items()}
        self._known = new

    def _write_all(self, runs: Sequence[RunRecord]) -> None:
        connection = self._open()
        for table in ("runs", "params", "summaries"):
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
        views.make_table(connection, "runs", {**views.RUNS, "place": "BIGINT"}, _run_rows(runs))
        views.make_table(connection, "params", _PARAMS, _leaves(runs, "config"))
        views.make_table(connection, "summaries", _PARAMS, _leaves(runs, "summary"))

    def _insert(self, runs: Sequence[RunRecord]) -> None:
        connection = self._open()
        views.insert_rows(connection, "runs", {**views.RUNS, "place": "BIGINT"}, _run_rows(runs))
        views.insert_rows(connection, "params", _PARAMS, _leaves(runs, "config"))
        views.insert_rows(connection, "summaries", _PARAMS, _leaves(runs, "summary"))

    def _delete(self, paths: list[Path]) -> None:
        connection = self._open()
        gone = {"paths": [_key(path) for path in paths]}
        for table in ("runs", "params", "summaries"):
            connection.execute(f"DELETE FROM temp.{table} WHERE list_contains($paths, run_dir)", gone)

    def _renumber(self, runs: Sequence[RunRecord]) -> None:
        connection = self._open()
        rows = ((_key(run.run_dir), place) for place, run in enumerate(runs))
        connection.execute("DROP TABLE IF EXISTS temp.places")
        views.make_table(connection, "places", {"run_dir": "VARCHAR", "place": "BIGINT"}, rows)
        connection.execute(
            "UPDATE temp.runs SET place = places.place FROM temp.places WHERE places.run_dir = runs.run_dir"
        )

    def _update_facts(self, runs: Sequence[RunRecord]) -> None:
        connection = self._open()
        facts = self._facts.read(runs)
        marks = {path: mark for path, (mark, _) in facts.items()}
        if marks == self._with_facts:
            return
        connection.execute("DROP TABLE IF EXISTS temp.facts")
        rows = ((_key(path), *row) for path, (_, found) in facts.items() for row in found)
        views.make_table(connection, "facts", {"run_dir": "VARCHAR", **FACTS}, rows)
        self._with_facts = marks


def _run_rows(runs: Iterable[RunRecord]) -> Iterable[list[object]]:
    for place, row in enumerate(views.run_rows(runs)):
        yield [*row, place]


def _leaves(runs: Iterable[RunRecord], document: str) -> Iterable[tuple[object, ...]]:
    for run in runs:
        for row in views.leaf_rows(getattr(run, document)):
            yield (_key(run.run_dir), *row)


def _key(path: Path) -> str:
    return views.clean_text(str(path))
