"""Everything that can be asked about one storage root. What a question does not need is not loaded."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runicorn import config
from runicorn.query.artifacts import Artifacts
from runicorn.query.catalogue import Catalogue
from runicorn.query.lineage import Lineage
from runicorn.query.logs import Logs
from runicorn.query.media import Media
from runicorn.storage.runs import check_root

if TYPE_CHECKING:
    import duckdb

    from runicorn.query.adhoc import Sql
    from runicorn.query.engine import Engine
    from runicorn.query.factbook import FactBook
    from runicorn.query.index import RunIndex, SearchAnswer
    from runicorn.query.metrics import Metrics


_PREPARED_RUNS = 20_000
"""The tables of more runs take seconds to fill, which is for those who search."""


class Reader:
    """Answers questions about the storage root `root`. Thread-safe; make one per process, after any fork.

    Anything derived goes to `cache_dir`, by default a folder of the user's cache, and may be deleted at any moment.
    Raises StorageNotFound or StorageDenied when the root is no readable folder.
    """

    def __init__(self, root: Path, cache_dir: Path | None = None) -> None:
        self.root = check_root(root)
        self.cache_dir = cache_dir or config.cache_dir(self.root)
        self.runs = Catalogue(self.root, self.cache_dir)
        self.logs = Logs()
        self.media = Media()
        self.artifacts = Artifacts(self.root, self.runs)
        self.lineage = Lineage(self.root, self.runs)
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._metrics: Metrics | None = None
        self._sql: Sql | None = None
        self._facts: FactBook | None = None
        self._index: RunIndex | None = None

    @property
    def metrics(self) -> Metrics:
        """Tables, curves and facts of runs."""
        with self._lock:
            if self._metrics is None:
                from runicorn.query.metrics import Metrics

                self._metrics = Metrics(self.cursor, self.cache_dir / "charts")
            return self._metrics

    @property
    def adhoc(self) -> Sql:
        """The views of docs/sql.md, for others than `sql` to fill."""
        with self._lock:
            if self._sql is None:
                from runicorn.query.adhoc import Sql

                self._sql = Sql(self.root, self.runs, self.metrics, self.lineage, self.cursor, self.cache_dir)
            return self._sql

    def sql(self, query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> duckdb.DuckDBPyRelation:
        """Run a query over the views of docs/sql.md, with the user's own rights. Raises QueryError."""
        return self.adhoc.query(query, params)

    def search(
        self,
        text: str = "",
        *,
        order_by: str | None = None,
        descending: bool = True,
        limit: int | None = None,
        offset: int = 0,
    ) -> SearchAnswer:
        """Return the live runs that a search finds, see docs/sql.md, section "Search"; a page of them with `limit`.

        `order_by` is any field of the search language, missing values last; without it the order is that of
        `runs.list_runs`. Raises QueryError with the position of what is wrong.
        """
        with self._lock:
            if self._index is None:
                from runicorn.query.factbook import FactBook
                from runicorn.query.index import RunIndex

                self._facts = FactBook(self.metrics, self.cursor, self.cache_dir / "facts.json")
                self._index = RunIndex(self.cursor, self._facts)
            index = self._index
        runs = self.runs.live_runs()
        return index.search(runs, text, order_by=order_by, descending=descending, limit=limit, offset=offset)

    def prepare(self) -> None:
        """Load NumPy, DuckDB and what else questions about metrics need before the first of them comes, and, unless
        there are very many runs, fill the tables that searches ask."""
        self.metrics.prepare()
        if len(self.runs.live_runs()) <= _PREPARED_RUNS:
            self.search(limit=0)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the engine, for one question; close it when done."""
        with self._lock:
            if self._engine is None:
                from runicorn.query.engine import Engine

                self._engine = Engine(temp_dir=self.cache_dir / "spill")
            return self._engine.cursor()

    def forget_engine(self) -> None:
        """Leave the engine to the answers that still use it; the next question opens another."""
        with self._lock:
            self._engine = None

    def close(self) -> None:
        """Give back the engine's memory and threads, and save the catalogue for the next process."""
        self.runs.close()
        if self._metrics is not None:
            self._metrics.close()
        with self._lock:
            if self._facts is not None and self._index is not None:
                self._facts.close()
                self._index.close()
            if self._engine is not None:
                self._engine.close()
            self._facts = self._index = None
            self._engine = self._metrics = self._sql = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
