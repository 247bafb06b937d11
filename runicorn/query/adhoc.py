"""SQL over a storage root: the views of docs/sql.md, as fresh as the files when the query starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from runicorn.errors import QueryError
from runicorn.query import artifact_views, views
from runicorn.query.catalogue import Catalogue
from runicorn.query.lineage import Lineage
from runicorn.query.metrics import Metrics
from runicorn.query.packs import MetricPacks
from runicorn.query.pruning import runs_in_question
from runicorn.query.records import RunRecord

Maker = Callable[[duckdb.DuckDBPyConnection, str, list[RunRecord]], None]

_FROM_FILES = frozenset({"metrics", "events", "logs", "images"})
"""Views whose rows are read from files of each run."""


class Sql:
    """Runs queries. Only the views a query names are filled."""

    def __init__(
        self,
        root: Path,
        catalogue: Catalogue,
        metrics: Metrics,
        lineage: Lineage,
        cursor: Callable[[], duckdb.DuckDBPyConnection],
        cache_dir: Path,
    ) -> None:
        self._root = root
        self._catalogue = catalogue
        self._packs = MetricPacks(cache_dir / "metrics", metrics, cursor)
        self._cursor = cursor
        self._makers: dict[str, Maker] = {
            "runs": self._rows(views.RUNS, views.run_rows),
            "params": self._rows(views.PARAMS, views.param_rows),
            "summaries": self._rows(views.SUMMARIES, views.summary_rows),
            "events": self._rows(views.EVENTS, views.event_rows),
            "logs": self._rows(views.LOGS, views.log_rows),
            "images": self._rows(views.IMAGES, views.image_rows),
            "artifacts": self._artifacts(artifact_views.ARTIFACTS, artifact_views.artifact_rows),
            "artifact_versions": self._artifacts(artifact_views.ARTIFACT_VERSIONS, artifact_views.version_rows),
            "artifact_files": self._artifacts(artifact_views.ARTIFACT_FILES, artifact_views.file_rows),
            "lineage": self._rows(artifact_views.LINEAGE, partial(artifact_views.lineage_rows, lineage=lineage)),
        }

    def query(self, query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> duckdb.DuckDBPyRelation:
        """Return the answer as a relation (`.df()`, `.pl()`, `.arrow()`, `.fetchall()`, ...).

        Raises QueryError with DuckDB's own words when the query cannot run.
        """
        cursor = self._cursor()
        self.fill(cursor, query, params)
        try:
            relation = cursor.sql(query, params=params or None)
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        if relation is None:
            raise QueryError("The query gives no rows: write a SELECT.")
        return relation

    def mentioned(self, query: str) -> list[str]:
        """Return the views whose names stand in `query`, in or out of quotes."""
        words = {word.lower() for word in re.findall(r"\w+", query)}
        return [name for name in ("metrics", *self._makers) if name in words]

    def fill(
        self,
        cursor: duckdb.DuckDBPyConnection,
        query: str,
        params: Sequence[Any] | Mapping[str, Any] = (),
        *,
        copied: bool = False,
    ) -> None:
        """Give `cursor` the views that `query` names, with the runs that it can be about.

        `copied` leaves nothing to be read from files later.
        """
        runs = self._catalogue.list_runs()
        for name in self.mentioned(query):
            chosen = runs_in_question(cursor, query, params, name, runs) if name in _FROM_FILES else runs
            if name == "metrics":
                self._packs.make_view(cursor, chosen, all_runs=len(chosen) == len(runs), copied=copied)
            else:
                self._makers[name](cursor, name, chosen)

    def _rows(self, columns: views.Columns, rows: Callable[..., Any]) -> Maker:
        def make(cursor: duckdb.DuckDBPyConnection, table: str, runs: list[RunRecord]) -> None:
            views.make_table(cursor, table, columns, rows(runs))

        return make

    def _artifacts(self, columns: views.Columns, rows: Callable[[Path], Any]) -> Maker:
        def make(cursor: duckdb.DuckDBPyConnection, table: str, _: list[RunRecord]) -> None:
            views.make_table(cursor, table, columns, rows(self._root))

        return make
