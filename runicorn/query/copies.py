"""Parquet copies of large event files in the cache folder, so that a viewer that has just started need not parse them.

A copy stands for the beginning of its file and is used while that is what it was. Copies may vanish at any moment.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import orjson

from runicorn.query.columns import Column
from runicorn.query.literals import literal
from runicorn.query.table import Events, EventTable

FORMAT = 1
COPY_FROM_BYTES = 16 << 20
"""Smaller files are parsed in less than a quarter of a second."""

_DELAY_S = 3.0
"""Those who wait for the first answers go first, and what reading took up is free by then."""

_END_S = 1.0
_MAX_BYTES = 4 << 30
_MAX_COLUMNS = 256
_ROW_GROUP = 1 << 14
"""Small, as DuckDB holds several of them for every thread that writes or reads."""


@dataclass(frozen=True, slots=True)
class Source:
    """What of an event file was read: its first `read` bytes, the last of which are `seam` in hexadecimal digits."""

    inode: int
    size: int
    mtime_ns: int
    read: int
    seam: str


class Copies:
    """The copies in `folder`, at most 4 GB of them. A None `folder` keeps none."""

    def __init__(self, folder: Path | None, cursor: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._folder = folder
        self._cursor = cursor
        self._writers: list[threading.Thread] = []
        self._writing: set[duckdb.DuckDBPyConnection] = set()
        self._closing = threading.Event()

    def find(self, path: Path, holds: Callable[[Source], bool]) -> tuple[Source, EventTable] | None:
        """Return what was read of the event file `path` and the rows of that, if a copy is there whose source
        `holds`."""
        target = self._target(path)
        if target is None or not target.is_file():
            return None
        try:
            with self._cursor() as cursor:
                query = "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = 'runicorn'"
                [(text,)] = cursor.execute(query, [str(target)]).fetchall()
                told = orjson.loads(text)
                source = Source(**told["source"])
                if told["format"] != FORMAT or not holds(source):
                    return None
                found = cursor.execute("SELECT * FROM read_parquet(?)", [str(target)]).fetchnumpy()
            return source, _to_table(found, told["columns"], told["damaged"])
        except (duckdb.Error, orjson.JSONDecodeError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path, source: Source, events: Events, damaged: int) -> None:
        """Copy the rows of an event file a little later, in a thread of its own. A file with anything but numbers is
        not copied."""
        target = self._target(path)
        columns = list(events.logged.items())
        if target is None or len(columns) > _MAX_COLUMNS or any(column.codes is not None for _, column in columns):
            return
        told = {
            "format": FORMAT,
            "source": asdict(source),
            "columns": [(name, column.integral) for name, column in columns],
            "damaged": damaged,
        }
        arguments = (target, orjson.dumps(told).decode(), events)
        writer = threading.Thread(target=self._write, args=arguments, name="runicorn-copy", daemon=True)
        if not self._writers:
            atexit.register(self.close)  # DuckDB complains of whoever still uses it when the interpreter ends
        self._writers = [*filter(threading.Thread.is_alive, self._writers), writer]
        writer.start()

    def close(self) -> None:
        """Begin no more copies, and give up one that is under way unless it ends soon."""
        atexit.unregister(self.close)
        self._closing.set()
        for writer in self._writers:
            writer.join(_END_S)
        for cursor in list(self._writing):
            cursor.interrupt()
        for writer in self._writers:
            writer.join(_END_S)

    def _target(self, path: Path) -> Path | None:
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
        return None if self._folder is None else self._folder / f"{name}.parquet"

    @contextlib.contextmanager
    def _noted(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        self._writing.add(cursor)
        try:
            yield
        finally:
            self._writing.discard(cursor)

    def _write(self, target: Path, told: str, events: Events) -> None:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        if self._closing.wait(_DELAY_S):
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._cursor() as cursor, self._noted(cursor):
                cursor.register("arriving", _to_arrays(events))
                cursor.execute(
                    f"COPY (SELECT {_select(events)} FROM arriving) TO {literal(str(temporary))} "
                    f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP}, "
                    f"KV_METADATA {{runicorn: {literal(told)}}})"
                )
            os.replace(temporary, target)
            _make_room(target.parent)
        except (OSError, duckdb.Error):
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _to_arrays(events: Events) -> dict[str, np.ndarray]:
    """Columns as long as the table: c0, c1, ... and, where not every row has a cell, m0, m1, ... that tell."""
    arrays = {"step": events.steps[:], "time": events.times[:]}
    for place, column in enumerate(events.logged.values()):
        if column.rows is None:
            arrays[f"c{place}"] = column.values[:]
        else:
            arrays[f"c{place}"], arrays[f"m{place}"] = np.zeros(len(events)), np.zeros(len(events), bool)
            arrays[f"c{place}"][column.rows[:]] = column.values[:]
            arrays[f"m{place}"][column.rows[:]] = True
    return arrays


def _select(events: Events) -> str:
    """The columns to copy. DuckDB takes the NaN of an array for a missing value, which here is something else."""
    cells = [_cell(place, column) for place, column in enumerate(events.logged.values())]
    return ", ".join(["step", 'coalesce("time", \'nan\'::DOUBLE) AS "time"', *cells])


def _cell(place: int, column: Column) -> str:
    value = f"coalesce(c{place}, 'nan'::DOUBLE)"
    return f"{value if column.rows is None else f'CASE WHEN m{place} THEN {value} END'} AS c{place}"


def _to_table(found: dict[str, Any], columns: list[tuple[str, bool]], damaged: int) -> EventTable:
    cells = []
    for place, (name, integral) in enumerate(columns):
        values = found[f"c{place}"]
        rows = np.flatnonzero(~np.ma.getmaskarray(values)) if np.ma.is_masked(values) else None
        plain = np.ma.getdata(values)
        cells.append((name, rows, plain if rows is None else plain[rows], integral))
    table = EventTable()
    table.append_rows(np.ma.getdata(found["step"]), np.ma.getdata(found["time"]), cells)
    table.damaged = damaged
    return table


def _make_room(folder: Path) -> None:
    """Give up the files that were written first, what killed processes left among them, once there are too many."""
    copies = sorted((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in os.scandir(folder))
    size = sum(size for _, size, _ in copies)
    for _, freed, path in copies[:-1]:
        if size <= _MAX_BYTES:
            return
        os.unlink(path)
        size -= freed
