"""What runs have in the fields that searches are about, as narrow tables beside `runs`, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import duckdb

from runicorn.query.search_sql import Source, values_of

MAX_COLUMNS = 200

_TABLE = """
CREATE TEMP TABLE {table} AS
SELECT value, number, held.run IS NOT NULL AS there
FROM runs LEFT JOIN {values} AS held ON held.run = runs.run ORDER BY runs.rowid
"""


class SearchColumns:
    """The tables made since `runs` or what they were made from changed last."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connect = connect
        self._tables: dict[Source, str] = {}

    def join(self, sources: Sequence[Source]) -> str | None:
        """Return what puts the tables of `sources` beside `runs`, as s0, s1, ..., or None when one is not made yet."""
        if not all(source in self._tables for source in sources):
            return None
        tables = (f"POSITIONAL JOIN {self._tables[source]} AS s{place}" for place, source in enumerate(sources))
        return " ".join(tables)

    def make(self, sources: Iterable[Source]) -> None:
        """Make the tables of `sources` that are not there."""
        for source in sources:
            if source not in self._tables and len(self._tables) < MAX_COLUMNS:
                table = f"column_{len(self._tables)}"
                self._connect().execute(
                    _TABLE.format(table=table, values=values_of(source, "run", "$name")), {"name": source.name}
                )
                self._tables[source] = table

    def clear(self) -> None:
        """Give all tables up, as they are no longer true."""
        for table in self._tables.values():
            self._connect().execute(f"DROP TABLE temp.{table}")
        self._tables = {}

    def forget(self) -> None:
        """Note that the connection is closed, and the tables gone with it."""
        self._tables = {}
