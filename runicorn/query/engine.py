"""The DuckDB instance of this process, opened at the first question that needs it."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import duckdb


class Engine:
    """An in-memory DuckDB that installs no extensions; what does not fit into `memory_limit` goes to `temp_dir`."""

    def __init__(self, *, memory_limit: str = "2GB", temp_dir: Path | None = None) -> None:
        self._settings: dict[str, Any] = {
            "memory_limit": memory_limit,
            "threads": str(min(os.cpu_count() or 1, 8)),
            "autoinstall_known_extensions": "false",
            "allow_community_extensions": "false",
            "temp_directory": "" if temp_dir is None else str(temp_dir),
        }
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own for one question; close it when done."""
        with self._lock:
            if self._connection is None:
                self._connection = duckdb.connect(":memory:", config=self._settings)
            return self._connection.cursor()

    def close(self) -> None:
        """Give the memory back; a later question opens a new instance."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
