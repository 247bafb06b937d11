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

Maker = Callable[[duckdb.DuckDBPyConnection, str], None]


class Sql:
    """Runs queries. Only the views a query names are filled."""

    def __init__(
        self,
        root: Path,
        catalogue: Catalogue,
        metrics: Metrics,
        lineage: Lineage,
        cursor: Callable[[], duckdb.DuckDBPyConnection],
    ) -> None:
        self._root = root
        self._catalogue = catalogue
        self._metrics = metrics
        self._cursor = cursor
        self._makers: dict[str, Maker] = {
            "runs": self._rows(views.RUNS, views.run_rows),
            "params": self._rows(views.PARAMS, views.param_rows),
            "summaries": self._rows(views.SUMMARIES, views.summary_rows),
            "events": self._rows(views.EVENTS, views.event_rows),
            "logs": self._rows(views.LOGS, views.log_rows),
            "images": self._rows(views.IMAGES, views.image_rows),
            "metrics": self._make_metrics,
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
        self.fill(cursor, self.mentioned(query))
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
        return [name for name in self._makers if name in words]

    def fill(self, cursor: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
        """Give `cursor` the views `names`, as temporary tables of its own."""
        for name in names:
            self._makers[name](cursor, name)

    def _rows(self, columns: views.Columns, rows: Callable[..., Any]) -> Maker:
        def make(cursor: duckdb.DuckDBPyConnection, table: str) -> None:
            views.make_table(cursor, table, columns, rows(self._catalogue.list_runs()))

        return make

    def _artifacts(self, columns: views.Columns, rows: Callable[[Path], Any]) -> Maker:
        def make(cursor: duckdb.DuckDBPyConnection, table: str) -> None:
            views.make_table(cursor, table, columns, rows(self._root))

        return make

    def _make_metrics(self, cursor: duckdb.DuckDBPyConnection, table: str) -> None:
        views.make_metrics_table(cursor, table, self._catalogue.list_runs(), self._metrics)
