"""The reader that `runicorn.sql` keeps between questions, so that the next one finds what the last one read."""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runicorn.query.reader import Reader

if TYPE_CHECKING:
    import duckdb

_kept: dict[tuple[int, Path], Reader] = {}
"""By process, for after a fork; at most one of this process."""


def ask(root: Path, query: str, params: Sequence[Any] | Mapping[str, Any]) -> duckdb.DuckDBPyRelation:
    """Ask the reader of `root`, which knows every run there is by now; see `runicorn.sql`.

    Between questions its engine is let go: a process that is forked while one is open cannot end in peace.
    """
    reader = _reader(root)
    try:
        return reader.sql(query, params)
    finally:
        reader.forget_engine()


def _reader(root: Path) -> Reader:
    """The reader of another root is forgotten but not closed: answers of it may still be in use."""
    key = (os.getpid(), root)
    reader = _kept.get(key)
    if reader is not None and root.is_dir():
        reader.runs.refresh(now=True)
        return reader
    reader = Reader(root)
    for other in [other for other in _kept if other[0] == key[0]]:
        _kept.pop(other).runs.close()
    _kept[key] = reader
    return reader


@atexit.register
def _close() -> None:
    for (process, _), reader in _kept.items():
        if process == os.getpid():
            reader.close()
