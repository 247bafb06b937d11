"""Reading a whole events.jsonl at once with DuckDB, and line by line whatever it cannot be proved to have read.

Names of metrics are taken from samples of the file; see `ParsedRows` for the proof.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import numpy as np

from runicorn.query.batch import read_batch
from runicorn.query.blocks import Block, Shapes
from runicorn.query.events import DamagedLine, iter_lines, metrics_data, parse_line
from runicorn.query.literals import literal
from runicorn.query.parsed import Name, ParsedRows
from runicorn.query.table import EventTable
from runicorn.query.whole_lines import iter_blocks

_SAMPLE_BYTES = 1 << 15
_SAMPLES = 16
_MAX_NAMES = 256

_QUERY = """
SELECT ts, coalesce(type = 'metrics', false) AS is_metrics, data IS NOT NULL AS has_data, {columns}
FROM read_json(?, format = 'newline_delimited', ignore_errors = true,
               columns = {{ts: 'DOUBLE', type: 'VARCHAR', data: {struct}}})
"""


def load_file(table: EventTable, path: Path, stop: int, cursor: Callable[[], duckdb.DuckDBPyConnection]) -> None:
    """Append the lines in the first `stop` bytes of `path`, which end with a line break, to the empty `table`.

    Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        names = _sample_names(file, stop)
        scan = _Scan(cursor, path, names) if names else None
        blocks = Shapes({name.text for name in names}).read_blocks(file, stop) if scan else []
        found = scan.result() if scan else None
        if found is None or len(found["ts"]) < sum(block.lines for block in blocks):
            _read_lines(table, file, 0, stop)
        else:
            _append_blocks(table, file, blocks, ParsedRows(found, names))


def read_lines(table: EventTable, path: Path, start: int, stop: int) -> None:
    """Append the lines in bytes `start` to `stop` of `path` to `table`, one by one. Raises OSError."""
    with path.open("rb") as file:
        _read_lines(table, file, start, stop)


class _Scan:
    """A DuckDB scan of a file in a thread of its own, while the caller looks at the shapes of lines."""

    def __init__(self, cursor: Callable[[], duckdb.DuckDBPyConnection], path: Path, names: Sequence[Name]) -> None:
        self._cursor = cursor
        self._path = str(path)
        fields = ", ".join(f"{_identifier(name.text)} DOUBLE" for name in names)
        columns = ", ".join(f"data.{_identifier(name.text)} AS c{place}" for place, name in enumerate(names))
        self._query = _QUERY.format(columns=columns, struct=literal(f"STRUCT({fields})"))
        self._rows: dict[str, Any] | None = None
        self._thread = threading.Thread(target=self._run, name="runicorn-scan", daemon=True)
        self._thread.start()

    def result(self) -> dict[str, Any] | None:
        """Columns by name, or None when DuckDB refused the file."""
        self._thread.join()
        return self._rows

    def _run(self) -> None:
        try:
            with self._cursor() as cursor:
                self._rows = cursor.execute(self._query, [self._path]).fetchnumpy()
        except duckdb.Error:
            self._rows = None


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sample_names(file: BinaryIO, stop: int) -> list[Name]:
    """The numeric keys of metrics events in samples spread over the file, in no case-insensitive conflict."""
    integral: dict[str, bool] = {}
    odd: set[str] = set()
    for lines in _samples(file, stop):
        for name, value in _logged(lines):
            if type(value) not in (int, float):
                odd.add(name)
            integral[name] = integral.get(name, True) and type(value) is int
    folded: dict[str, int] = {}
    for name in integral:
        folded[name.lower()] = folded.get(name.lower(), 0) + 1
    names = [name for name in integral if name not in odd and folded[name.lower()] == 1 and _is_plain(name)]
    if not names or len(names) > _MAX_NAMES or not {"global_step", "step"} & set(names):
        return []
    return [Name(name, integral[name]) for name in names]


def _is_plain(name: str) -> bool:
    """Whether the key is written as it reads; escapes in it would upset the count."""
    return bool(name) and name.isprintable() and '"' not in name and "\\" not in name


def _samples(file: BinaryIO, stop: int) -> Iterator[bytes]:
    for place in range(_SAMPLES):
        file.seek(max(stop - _SAMPLE_BYTES, 0) * place // (_SAMPLES - 1))
        sample = file.read(_SAMPLE_BYTES)
        first = sample.find(b"\n") + 1 if place else 0
        yield sample[first : sample.rfind(b"\n") + 1]


def _logged(lines: bytes) -> Iterator[tuple[str, Any]]:
    for line in iter_lines(lines):
        try:
            event = parse_line(line)
        except DamagedLine:
            continue
        yield from (metrics_data(event) or {}).items()


def _read_lines(table: EventTable, file: BinaryIO, start: int, stop: int) -> None:
    for _, data in iter_blocks(file, start, stop):
        table.append_lines(data)


def _append_blocks(table: EventTable, file: BinaryIO, blocks: list[Block], rows: ParsedRows) -> None:
    """Append runs of blocks that agree with their rows in one go, what else there is line by line."""
    first = agreed = 0
    for block in blocks:
        last = first + block.lines
        if len(block.others) or not rows.agrees(block, slice(first, last)):
            rows.append_to(table, slice(agreed, first))
            _append_mixed(table, file, block, rows, first)
            agreed = last
        first = last
    rows.append_to(table, slice(agreed, first))


def _append_mixed(table: EventTable, file: BinaryIO, block: Block, rows: ParsedRows, first: int) -> None:
    """Append a block of which not all lines are plain; `first` is the row of its first line.

    Other lines that log nothing, as those of images and texts, leave the plain ones to DuckDB.
    """
    file.seek(block.start)
    data = file.read(block.stop - block.start)
    plain = np.delete(np.arange(first, first + block.lines), block.others)
    others = read_batch(_pick_lines(data, block.others)) if rows.agrees(block, plain) else None
    if others is None or others.steps:
        table.append_lines(data)
    else:
        rows.append_to(table, plain)
        table.damaged += others.damaged


def _pick_lines(data: bytes, numbers: np.ndarray) -> bytes:
    """The lines with these `numbers` among those that are not blank."""
    lines = data.split(b"\n")[:-1]
    if any(not line or line.isspace() for line in lines):
        lines = list(iter_lines(data))
    return b"\n".join([lines[number] for number in numbers.tolist()])
