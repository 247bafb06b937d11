"""The reading side: `Reader(root)` turns files into answers. See docs/architecture.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from runicorn.query.reader import Reader
from runicorn.query.records import RunRecord
from runicorn.query.values import CacheStats, Damage, LogText, MediaRecord

if TYPE_CHECKING:
    import os

    import duckdb

    from runicorn.query.facts import MetricFacts
    from runicorn.query.series import Nonfinite, Series, SeriesAnswer
    from runicorn.query.tables import MetricTable

_HOMES = {
    "MetricFacts": "facts",
    "MetricTable": "tables",
    "Nonfinite": "series",
    "Series": "series",
    "SeriesAnswer": "series",
}
"""Where the values live that need NumPy; their module is imported when they are first asked for."""

__all__ = [
    "CacheStats",
    "Damage",
    "LogText",
    "MediaRecord",
    "MetricFacts",
    "MetricTable",
    "Nonfinite",
    "Reader",
    "RunRecord",
    "Series",
    "SeriesAnswer",
    "sql",
]


def sql(
    query: str,
    params: Sequence[Any] | Mapping[str, Any] = (),
    *,
    storage: str | os.PathLike[str] | None = None,
) -> duckdb.DuckDBPyRelation:
    """Run a query over all runs of a storage root; the answer has `.df()`, `.pl()`, `.arrow()` and `.fetchall()`.

    The views are those of docs/sql.md. `storage` defaults as everywhere: `RUNICORN_DIR`, the user's configuration,
    `./.runicorn`. Values go into `params`, for `?` or `$name` in the query. Raises QueryError, StorageNotFound.
    """
    from runicorn.config import resolve_root
    from runicorn.query.kept import ask

    return ask(resolve_root(storage), query, params)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"runicorn.query.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
