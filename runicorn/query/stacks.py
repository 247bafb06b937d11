"""Many small runs read as if they were one, their event files one behind the other.

What it costs to begin with a file is more than to read it when it is short, so ten thousand of them are read several
times faster together.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import duckdb
import numpy as np

from runicorn.query.columns import EXACT_INTEGER
from runicorn.query.marks import Mark
from runicorn.query.merge import merge_rows
from runicorn.query.metrics import Metrics
from runicorn.query.records import RunRecord
from runicorn.query.scan import load_file
from runicorn.query.table import Events, EventTable
from runicorn.storage.documents import Damaged, read_bytes

STACK_BYTES = 32 << 20
_RUN_BYTES = 1 << 20
"""A longer event file is read on its own."""

_FEW = 20
"""Fewer runs are read one by one, and remembered by `Metrics`."""

_FIRST_STEP = 1 - EXACT_INTEGER
"""The step of our lines, before any other."""

Marked = tuple[RunRecord, Mark]
"""A run and what its event files look like."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The metrics of several runs, one behind the other, with the steps of each in order.

    `owners` says of every row whose it is, as a place in `runs`. In some rows nothing was logged.
    """

    runs: list[RunRecord]
    events: Events
    owners: np.ndarray


def iter_stacks(
    runs: Iterable[Marked], metrics: Metrics, cursor: Callable[[], duckdb.DuckDBPyConnection]
) -> Iterator[Stack]:
    """Yield the metrics of all `runs`, in any order, and tell `metrics.progress`."""
    marked = list(runs)
    read = count(1)

    def tell() -> None:
        metrics.progress(next(read), len(marked))

    small = [(run, mark[1][0][0]) for run, mark in marked if _is_small(mark)]
    if len(small) < _FEW:
        small = []
    for run, mark in marked:
        if not small or not _is_small(mark):
            merged = metrics.merged(run)
            tell()
            yield Stack([run], merged, np.zeros(len(merged), np.int64))
    yield from _iter_stacked(small, cursor, tell)


def _is_small(mark: Mark) -> bool:
    return len(mark[1]) == 1 and mark[1][0][2] <= _RUN_BYTES


def _iter_stacked(
    runs: Iterable[tuple[RunRecord, str]], cursor: Callable[[], duckdb.DuckDBPyConnection], tell: Callable[[], None]
) -> Iterator[Stack]:
    """Stacks of runs, each with the name of its only event file. Calls `tell` after each run."""
    stacked: list[RunRecord] = []
    texts: list[bytes] = []
    size = 0
    for run, name in runs:
        stacked.append(run)
        texts.append(_read_lines(f"{run.files.folder}{os.sep}{name}"))
        size += len(texts[-1])
        tell()
        if size >= STACK_BYTES:
            yield _stack(stacked, texts, cursor)
            stacked, texts, size = [], [], 0
    if stacked:
        yield _stack(stacked, texts, cursor)


def _read_lines(path: str) -> bytes:
    """The whole lines of a file, none when it cannot be read."""
    try:
        data = read_bytes(path)
    except (FileNotFoundError, Damaged):
        return b""
    return data[: data.rfind(b"\n") + 1].removeprefix(b"\xef\xbb\xbf")


def _stack(runs: list[RunRecord], texts: list[bytes], cursor: Callable[[], duckdb.DuckDBPyConnection]) -> Stack:
    lines = [text.count(b"\n") for text in texts]
    events = _load(b"".join(texts), cursor)
    if len(events) == sum(lines):
        return Stack(runs, *_merge(events, np.repeat(np.arange(len(runs)), lines)))
    return Stack(runs, *_merge(*_load_marked(texts, cursor)))


def _load_marked(texts: list[bytes], cursor: Callable[[], duckdb.DuckDBPyConnection]) -> tuple[Events, np.ndarray]:
    """Return the metrics of texts not every line of which has some, and whose each row is, told by lines of ours."""
    name = secrets.token_hex(16)
    line = b'{"ts":0,"type":"metrics","data":{"global_step":%d,"step":%d,"%b":1}}\n'
    first = line % (_FIRST_STEP, _FIRST_STEP, name.encode())
    events = _load(b"".join(first + text for text in texts), cursor)
    starts = events.columns[name].row_numbers()
    columns = {key: column for key, column in events.columns.items() if key != name}
    owners = np.repeat(np.arange(len(texts)), np.diff([*starts, len(events)]))
    return Events(events.steps, events.times, columns), owners


def _load(data: bytes, cursor: Callable[[], duckdb.DuckDBPyConnection]) -> Events:
    table = EventTable()
    try:
        with tempfile.TemporaryDirectory(prefix="runicorn-") as folder:
            path = Path(folder) / "events.jsonl"
            path.write_bytes(data)
            load_file(table, path, len(data), cursor)
    except OSError:
        table = EventTable()
        table.append_lines(data)
    return table.snapshot()


def _merge(events: Events, owners: np.ndarray) -> tuple[Events, np.ndarray]:
    """Give every run one row per step, ascending, as `merge_steps` does for one run."""
    steps = events.steps[:]
    if np.all((owners[1:] > owners[:-1]) | (steps[1:] > steps[:-1])):
        return events, owners
    order = np.lexsort((steps, owners))
    begins = np.ones(len(order), bool)
    begins[1:] = (np.diff(owners[order]) != 0) | (np.diff(steps[order]) != 0)
    row_of = np.empty(len(order), np.int64)
    row_of[order] = np.cumsum(begins) - 1
    kept = order[begins]
    return merge_rows(events, row_of, steps[kept]), owners[kept]
