"""Reading a whole events.jsonl at once: DuckDB parses, and a count of characters proves what it cannot have missed.

DuckDB wants the names of the metrics beforehand, turns text and truth values into numbers and passes over keys it
was not told of. So names are taken from samples of the file, and each block of lines must then show exactly the
characters its rows explain: a colon for every key found, two quotes for every key and for `"metrics"`. Each key,
text or nested value that DuckDB passed over would add to one of these counts and nothing takes away from them, so a
block whose counts agree was read whole. Any other block is read again line by line, by `EventTable.append_lines`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import numpy as np

from runicorn.query.columns import EXACT_INTEGER
from runicorn.query.events import HIDDEN, MAX_STEP, DamagedLine, iter_lines, metrics_data, parse_line
from runicorn.query.table import EventTable

BLOCK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 15
_SAMPLES = 16
_MAX_NAMES = 256
_COLON, _QUOTE, _NEWLINE, _BRACE = b':"\n{'
_WORDS = ((b"u", b"true"), (b"s", b"false"))
"""A letter that no number has, and the word to look for where keys alone do not explain the letter."""

_QUERY = """
SELECT ts, coalesce(type = 'metrics', false) AS is_metrics, data IS NOT NULL AS has_data, {columns}
FROM read_json(?, format = 'newline_delimited', ignore_errors = true,
               columns = {{ts: 'DOUBLE', type: 'VARCHAR', data: {struct}}})
"""


@dataclass(frozen=True, slots=True)
class _Name:
    """A key seen in samples; `raw` is how it was written, `integral` whether only integers were seen."""

    text: str
    raw: bytes
    integral: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lines of the file: `counts` holds colons, quotes and the letters of _WORDS; `plain` says that every line
    starts with a brace."""

    start: int
    stop: int
    lines: int
    plain: bool
    counts: tuple[int, int, int, int]


def load_file(table: EventTable, path: Path, stop: int, cursor: Callable[[], duckdb.DuckDBPyConnection]) -> None:
    """Append the lines in the first `stop` bytes of `path`, which end with a line break, to the empty `table`.

    Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        names = _sample_names(file, stop)
        scan = _Scan(cursor, path, names) if names else None
        blocks = list(_count_blocks(file, stop)) if scan else []
        rows = scan.result() if scan else None
        if rows is None or not _covers(rows, blocks):
            _read_lines(table, file, 0, stop)
            return
        _append_blocks(table, file, blocks, rows, names)


def read_lines(table: EventTable, path: Path, start: int, stop: int) -> None:
    """Append the lines in bytes `start` to `stop` of `path` to `table`, one by one. Raises OSError."""
    with path.open("rb") as file:
        _read_lines(table, file, start, stop)


class _Scan:
    """A DuckDB scan of a file in a thread of its own, while the caller counts characters."""

    def __init__(self, cursor: Callable[[], duckdb.DuckDBPyConnection], path: Path, names: list[_Name]) -> None:
        self._cursor = cursor
        self._path = str(path)
        fields = ", ".join(f"{_identifier(name.text)} DOUBLE" for name in names)
        columns = ", ".join(f"data.{_identifier(name.text)} AS c{place}" for place, name in enumerate(names))
        self._query = _QUERY.format(columns=columns, struct=_literal(f"STRUCT({fields})"))
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


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sample_names(file: BinaryIO, stop: int) -> list[_Name]:
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
    return [_Name(name, name.encode(), integral[name]) for name in names]


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


def _count_blocks(file: BinaryIO, stop: int) -> Iterator[_Block]:
    """Cut the file into blocks of whole lines and count their characters."""
    for start, data in _iter_blocks(file, 0, stop):
        array = np.frombuffer(data, np.uint8)
        breaks = array == _NEWLINE
        plain = array[0] == _BRACE and bool(np.all(array[1:][breaks[:-1]] == _BRACE))
        lines = int(np.count_nonzero(breaks)) if plain else sum(1 for _ in iter_lines(data))
        counts = tuple(int(np.count_nonzero(array == byte)) for byte in (_COLON, _QUOTE, ord("u"), ord("s")))
        yield _Block(start, start + len(data), lines, plain, counts)  # type: ignore[arg-type]


def _iter_blocks(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    file.seek(start)
    rest = b""
    while start + len(rest) < stop:
        data = rest + file.read(min(BLOCK_BYTES, stop - start - len(rest)))
        end = data.rfind(b"\n") + 1
        if len(data) == len(rest):
            return
        if end:
            yield start, data[:end]
        start, rest = start + end, data[end:]


def _read_lines(table: EventTable, file: BinaryIO, start: int, stop: int) -> None:
    for _, data in _iter_blocks(file, start, stop):
        table.append_lines(data)


def _covers(rows: dict[str, Any], blocks: list[_Block]) -> bool:
    """Whether DuckDB gave a row for every line; a file that grows meanwhile gives more."""
    return len(rows["ts"]) >= sum(block.lines for block in blocks)


def _append_blocks(
    table: EventTable, file: BinaryIO, blocks: list[_Block], rows: dict[str, Any], names: list[_Name]
) -> None:
    """Append runs of blocks whose counts agree in one go, the others line by line."""
    first = 0
    agreed = (0, 0)
    for block in blocks:
        last = first + block.lines
        if _agrees(block, file, rows, names, slice(first, last)):
            agreed = (agreed[0], last) if agreed[1] == first else (first, last)
        else:
            _append_slice(table, rows, names, slice(*agreed))
            _read_lines(table, file, block.start, block.stop)
            agreed = (last, last)
        first = last
    _append_slice(table, rows, names, slice(*agreed))


def _agrees(block: _Block, file: BinaryIO, rows: dict[str, Any], names: list[_Name], part: slice) -> bool:
    if not block.plain or not _all(rows["is_metrics"][part]) or not _all(rows["has_data"][part]):
        return False
    if _missing(rows["ts"][part]).any():
        return False
    present = [block.lines - int(_missing(rows[f"c{place}"][part]).sum()) for place in range(len(names))]
    keys = 3 * block.lines + sum(present)
    if block.counts[:2] != (keys, 2 * keys + 2 * block.lines):
        return False
    if any(_has_large(rows[f"c{place}"][part]) for place in range(len(names))):
        return False
    if not _nonfinite_are_tokens(block, file, rows, names, part):
        return False
    return all(
        count == _expected(letter, present, names, block.lines) or _lacks_word(word, block, file, present, names)
        for (letter, word), count in zip(_WORDS, block.counts[2:], strict=True)
    )


def _expected(letter: bytes, present: list[int], names: list[_Name], lines: int) -> int:
    fixed = b'"ts" "type" "metrics" "data"'.count(letter) * lines
    return fixed + sum(count * name.raw.count(letter) for count, name in zip(present, names, strict=True))


def _lacks_word(word: bytes, block: _Block, file: BinaryIO, present: list[int], names: list[_Name]) -> bool:
    file.seek(block.start)
    found = file.read(block.stop - block.start).count(word)
    return found == sum(count * name.raw.count(word) for count, name in zip(present, names, strict=True))


def _nonfinite_are_tokens(block: _Block, file: BinaryIO, rows: dict[str, Any], names: list[_Name], part: slice) -> bool:
    """Whether every non-finite number is a NaN or Infinity: DuckDB also takes `nan`, `inf`, `-NaN` and `1e999`."""
    columns = ("ts", *(f"c{place}" for place in range(len(names))))
    arrays = [np.ma.compressed(rows[column][part]) for column in columns]
    nonfinite = sum(int(np.count_nonzero(~np.isfinite(array))) for array in arrays)
    if not nonfinite:
        return True
    file.seek(block.start)
    tokens = _tokens(file.read(block.stop - block.start))
    return tokens == nonfinite + sum(_tokens(name.raw) * len(a) for name, a in zip(names, arrays[1:], strict=True))


def _tokens(text: bytes) -> int:
    return text.count(b"NaN") - text.count(b"-NaN") + text.count(b"Infinity")


def _append_slice(table: EventTable, rows: dict[str, Any], names: list[_Name], part: slice) -> None:
    if part.start == part.stop:
        return
    by_name = {name.text: (rows[f"c{place}"][part], name.integral) for place, name in enumerate(names)}
    steps, valid = _steps(by_name)
    kept = None if valid.all() else np.flatnonzero(valid)
    times = np.asarray(rows["ts"][part], np.float64)
    columns = [
        (name, *_cells(cells, kept), integral) for name, (cells, integral) in by_name.items() if name not in HIDDEN
    ]
    if kept is not None:
        steps, times = steps[kept], times[kept]
    table.append_rows(steps, times, [column for column in columns if len(column[2])])


def _steps(by_name: dict[str, tuple[Any, bool]]) -> tuple[np.ndarray, np.ndarray]:
    """Return (steps, mask of the rows that say one)."""
    value: np.ndarray | None = None
    for key in ("step", "global_step"):
        if key in by_name:
            cells = by_name[key][0]
            plain = np.asarray(np.ma.getdata(cells), np.float64)
            absent = _missing(cells)
            value = np.where(absent, np.nan if value is None else value, plain)
    assert value is not None
    valid = np.isfinite(value) & (np.abs(value) <= float(MAX_STEP - 1023))
    return np.where(valid, value, 0).astype(np.int64), valid


def _cells(cells: Any, kept: np.ndarray | None) -> tuple[np.ndarray | None, np.ndarray]:
    """Return (rows or None for all, values) of the cells that are there, rows counted among `kept`."""
    values = np.asarray(np.ma.getdata(cells), np.float64)
    present = ~_missing(cells)
    if kept is not None:
        values, present = values[kept], present[kept]
    if present.all():
        return None, values
    return np.flatnonzero(present), values[present]


def _has_large(cells: Any) -> bool:
    """Whether a value may be an integer that a double cannot hold."""
    values = np.abs(np.ma.getdata(cells))
    return bool(np.any((values >= EXACT_INTEGER) & np.isfinite(values) & ~_missing(cells)))


def _missing(cells: Any) -> np.ndarray:
    return np.ma.getmaskarray(cells)


def _all(cells: Any) -> bool:
    return bool(np.ma.getdata(cells).all()) and not _missing(cells).any()
