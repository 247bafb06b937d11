"""Tables of runs kept in DuckDB for searching, sorting and paging; a change costs the runs that changed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from runicorn.errors import QueryError
from runicorn.query import search, views
from runicorn.query.factbook import FACTS, FactBook, Facts
from runicorn.query.marks import is_at_rest
from runicorn.query.recent import Recent
from runicorn.query.records import RunRecord
from runicorn.query.search_columns import SearchColumns
from runicorn.query.search_sql import ColumnCompiler, Compiler, Source

_NOT_SEARCHED = ("config", "summary", "warnings", "run_dir")
_SEARCHED = {name: kind for name, kind in views.RUNS.items() if name not in _NOT_SEARCHED}
_RUNS = {"run": "BIGINT", "place": "BIGINT", **_SEARCHED}
"""The columns of the view `runs` that searches can be about; `run` is a number of ours, `place` that in the list."""

_PARAMS = {"run": "BIGINT", "key": "VARCHAR", "value": "VARCHAR", "number": "DOUBLE"}
_FACTS = {"run": "BIGINT", **FACTS}
_FEW = 500
"""Up to so many changed runs are replaced one by one; more are all written anew."""


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Runs of one page, in order; `total` counts the runs found."""

    runs: list[RunRecord]
    total: int


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for, parsed."""

    condition: search.Node
    field: search.Field | None
    descending: bool

    def sql(self, compiler: Compiler, beside: str = "") -> str:
        """Return the query for the places of the runs, with the tables that stand `beside` the runs."""
        condition, join, order = compiler.condition(self.condition), "", ""
        if self.field:
            join, order = compiler.order(self.field, descending=self.descending)
            order += ", created_at DESC, "
        return f"SELECT place FROM runs {beside} {join} WHERE {condition} ORDER BY {order}place"


class RunIndex:
    """Answers searches over runs."""

    def __init__(self, cursor: Callable[[], duckdb.DuckDBPyConnection], facts: FactBook) -> None:
        self._cursor = cursor
        self._facts = facts
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._runs: Sequence[RunRecord] = ()
        self._known: dict[str, RunRecord] = {}
        self._numbers: dict[str, int] = {}
        self._with_facts: dict[str, Facts] = {}
        self._settled: dict[str, RunRecord] = {}
        self._columns = SearchColumns(self._open)
        self._found = Recent()
        self._version = 0

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
        """Return the `runs` that `text` finds; without `order_by` in the order given, with it missing values come
        last and among equals the newest first.

        Raises QueryError with the position of what is wrong.
        """
        wish = _Wish(search.parse(text), search.parse_field(order_by) if order_by else None, descending)
        compiler = ColumnCompiler()
        wish.sql(compiler)
        with self._lock:
            self._update(runs, with_facts=compiler.uses_metrics)
            found = self._found.get(
                (text, order_by, descending),
                self._version,
                lambda: self._find(wish, compiler.sources),
                lambda places: places.nbytes,
            )
            page = found[offset:] if limit is None else found[offset : offset + limit]
            chosen = [runs[place] for place in page.tolist()]
        return SearchAnswer(chosen, len(found))

    def _find(self, wish: _Wish, sources: list[Source]) -> np.ndarray:
        """The places of the runs found. A field asked for the first time is looked up, and its column made behind the
        answer."""
        beside = self._columns.join(sources)
        compiler = Compiler() if beside is None else ColumnCompiler()
        sql = wish.sql(compiler, beside or "")
        if beside is None:
            arguments = (sources, self._version)
            threading.Thread(target=self._make_columns, args=arguments, name="runicorn-columns", daemon=True).start()
        try:
            places: np.ndarray = self._open().execute(sql, compiler.parameters or None).fetchnumpy()["place"]
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        return places

    def _make_columns(self, sources: list[Source], version: int) -> None:
        """Make them, if nothing changed meanwhile; without them searches go on looking up."""
        with self._lock, contextlib.suppress(duckdb.Error):
            if self._connection is not None and version == self._version:
                self._columns.make(sources)

    def _note_change(self) -> None:
        """Nothing said before holds any more."""
        self._version += 1
        self._columns.clear()

    def close(self) -> None:
        """Give the tables up."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._runs, self._known, self._with_facts = None, (), {}, {}
            self._settled.clear()
            self._columns.forget()

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = self._cursor()
        return self._connection

    def _update(self, runs: Sequence[RunRecord], *, with_facts: bool) -> None:
        """Bring the tables up to date with `runs`."""
        if runs is not self._runs or self._connection is None:
            self._update_runs({run.files.folder: run for run in runs})
            self._runs = runs
        if with_facts:
            self._update_facts(runs)

    def _update_runs(self, new: dict[str, RunRecord]) -> None:
        gone = [folder for folder in self._known if folder not in new]
        changed = [run for folder, run in new.items() if self._known.get(folder) is not run]
        if not self._runs or len(gone) + len(changed) > _FEW:
            self._write_all([*new.values()])
        elif gone or changed:
            self._delete(("runs", "params", "summaries"), [*gone, *(run.files.folder for run in changed)])
            places = {folder: place for place, folder in enumerate(new)}
            self._insert(changed, [places[run.files.folder] for run in changed])
            if [*new] != [*self._known]:
                self._renumber([*new])
        if gone or changed:
            self._note_change()
        self._known = new

    def _write_all(self, runs: Sequence[RunRecord]) -> None:
        connection = self._open()
        for table in ("runs", "params", "summaries"):
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
        views.make_table(connection, "runs", _RUNS, self._run_rows(runs, range(len(runs))))
        views.make_table(connection, "params", _PARAMS, self._leaves(runs, "config"))
        views.make_table(connection, "summaries", _PARAMS, self._leaves(runs, "summary"))

    def _insert(self, runs: Sequence[RunRecord], places: Sequence[int]) -> None:
        connection = self._open()
        views.insert_rows(connection, "runs", _RUNS, self._run_rows(runs, places))
        views.insert_rows(connection, "params", _PARAMS, self._leaves(runs, "config"))
        views.insert_rows(connection, "summaries", _PARAMS, self._leaves(runs, "summary"))

    def _delete(self, tables: Iterable[str], folders: Iterable[str]) -> None:
        gone = {"runs": list(map(self._number, folders))}
        for table in tables:
            self._open().execute(f"DELETE FROM temp.{table} WHERE list_contains($runs, run)", gone)

    def _renumber(self, folders: Sequence[str]) -> None:
        connection = self._open()
        rows = ((self._number(folder), place) for place, folder in enumerate(folders))
        connection.execute("DROP TABLE IF EXISTS temp.places")
        views.make_table(connection, "places", {"run": "BIGINT", "place": "BIGINT"}, rows)
        connection.execute("UPDATE temp.runs SET place = places.place FROM temp.places WHERE places.run = runs.run")

    def _update_facts(self, runs: Sequence[RunRecord]) -> None:
        """Ask for the facts of runs that changed or are not at rest."""
        old = self._with_facts
        due = [run for run in runs if self._settled.get(run.files.folder) is not run]
        asked = {run.files.folder: facts for run, facts in zip(due, self._facts.read(due), strict=True)}
        changed = {folder: facts for folder, facts in asked.items() if old.get(folder) is not facts}
        gone = [folder for folder in old if folder not in self._known]
        new = {folder: facts for folder, facts in old.items() if folder in self._known} | changed
        if not old or len(gone) + len(changed) > _FEW:
            self._open().execute("DROP TABLE IF EXISTS temp.facts")
            views.make_table(self._open(), "facts", _FACTS, self._fact_rows(new))
        elif gone or changed:
            self._delete(("facts",), [*gone, *changed])
            views.insert_rows(self._open(), "facts", _FACTS, self._fact_rows(changed))
        if gone or changed:
            self._note_change()
            self._with_facts = new
        self._settled = {folder: run for folder, run in self._settled.items() if folder in self._known}
        self._settled |= {run.files.folder: run for run in due if is_at_rest(run)}

    def _number(self, folder: str) -> int:
        """What the tables call a run."""
        return self._numbers.setdefault(folder, len(self._numbers))

    def _run_rows(self, runs: Sequence[RunRecord], places: Sequence[int]) -> Iterable[list[object]]:
        for run, place, row in zip(runs, places, views.run_rows(runs, _SEARCHED), strict=True):
            yield [self._number(run.files.folder), place, *row]

    def _leaves(self, runs: Iterable[RunRecord], document: str) -> Iterable[tuple[object, ...]]:
        """Of leaves with the same dotted key, the first."""
        for run in runs:
            number = self._number(run.files.folder)
            for key, cells in {row[0]: row for row in reversed([*views.leaf_rows(getattr(run, document))])}.items():
                yield (number, key, *cells[1:])

    def _fact_rows(self, facts: Mapping[str, Facts]) -> Iterable[tuple[object, ...]]:
        for folder, (_, rows) in facts.items():
            number = self._number(folder)
            for row in rows:
                yield (number, *row)
