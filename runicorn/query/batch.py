"""Lines to columns, many at once: events with the same keys are turned on their side together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import orjson

from runicorn.query.columns import EXACT_INTEGER
from runicorn.query.events import (
    STEPS,
    DamagedLine,
    iter_lines,
    metrics_data,
    parse_line,
    parse_line_exactly,
    read_step,
    read_time,
)

_FEW = 16
"""So few cells are gone through faster one by one."""

_MAY_BE_ROUNDED = 2.0**63
"""orjson reads integers beyond 64 bits as doubles, which are at least this large."""


@dataclass(frozen=True, slots=True)
class Cells:
    """What a batch of lines says about one metric. `rows` ascend. `values` are the cells as doubles when all are
    plain numbers, else None; `integral` says that every number was written as an integer."""

    name: str
    rows: np.ndarray
    cells: Sequence[Any]
    values: np.ndarray | None
    integral: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """The metrics events of some lines: `steps` and `times` have the same length, `columns` count rows from 0."""

    steps: list[int]
    times: list[float]
    columns: list[Cells]
    damaged: int


@dataclass(slots=True)
class _Shape:
    """Events whose data have the same keys in the same order."""

    rows: list[int] = field(default_factory=list)
    values: list[Iterable[Any]] = field(default_factory=list)


def read_batch(data: bytes) -> Batch:
    """Read the whole lines in `data`."""
    lines = list(iter_lines(data))
    try:
        events = [event for event in map(orjson.loads, lines) if type(event) is dict]
    except orjson.JSONDecodeError:
        events = list(_parse(lines, parse_line))
    batch = _make_batch(events, len(lines))
    if any(map(_may_be_rounded, batch.columns)):
        return _make_batch(list(_parse(lines, parse_line_exactly)), len(lines))
    return batch


def _parse(lines: Iterable[bytes], parse: Callable[[bytes], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            yield parse(line)
        except DamagedLine:
            continue


def _make_batch(events: list[dict[str, Any]], lines: int) -> Batch:
    steps: list[int] = []
    times: list[float] = []
    shapes: dict[tuple[str, ...], _Shape] = {}
    for event in events:
        data = metrics_data(event)
        step = None if data is None else read_step(data)
        if data is None or step is None:
            continue
        shape = shapes.get(keys := tuple(data))
        if shape is None:
            shape = shapes[keys] = _Shape()
        shape.rows.append(len(steps))
        shape.values.append(data.values())
        steps.append(step)
        times.append(read_time(event))
    return Batch(steps, times, list(_columns(shapes)), lines - len(events))


def _columns(shapes: Mapping[tuple[str, ...], _Shape]) -> Iterator[Cells]:
    parts: dict[str, list[Cells]] = {}
    for names, shape in shapes.items():
        rows = np.array(shape.rows, np.int64)
        for name, cells in zip(names, zip(*shape.values, strict=True), strict=True):
            if name not in STEPS and (part := _make_cells(name, rows, cells)):
                parts.setdefault(name, []).append(part)
    for columns in parts.values():
        yield columns[0] if len(columns) == 1 else _join(columns)


def _make_cells(name: str, rows: np.ndarray, cells: Sequence[Any]) -> Cells | None:
    """Lists and objects are left out."""
    kinds = set(map(type, cells))
    if kinds & {list, dict}:
        kept = [place for place, cell in enumerate(cells) if type(cell) not in (list, dict)]
        rows, cells = rows[kept], [cells[place] for place in kept]
        kinds -= {list, dict}
    if not len(rows):
        return None
    return Cells(name, rows, cells, _as_doubles(cells, kinds), float not in kinds)


def _as_doubles(cells: Sequence[Any], kinds: set[type]) -> np.ndarray | None:
    if not kinds <= {float, int}:
        return None
    try:
        values = np.array(cells, np.float64)
    except OverflowError:
        return None
    if int in kinds and bool(np.any((np.abs(values) >= EXACT_INTEGER) & np.isfinite(values))):
        return None
    return values


def _join(parts: list[Cells]) -> Cells:
    """Cells of one metric from events of several shapes, in row order."""
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows)
    cells = list(chain.from_iterable(part.cells for part in parts))
    arrays = [part.values for part in parts if part.values is not None]
    values = np.concatenate(arrays)[order] if len(arrays) == len(parts) else None
    integral = all(part.integral for part in parts)
    return Cells(parts[0].name, rows[order], [cells[place] for place in order.tolist()], values, integral)


def _may_be_rounded(column: Cells) -> bool:
    if column.values is not None and len(column.values) > _FEW:
        large = np.abs(column.values) >= _MAY_BE_ROUNDED
        return not column.integral and bool(np.any(large & np.isfinite(column.values)))
    return any(type(cell) is float and _MAY_BE_ROUNDED <= abs(cell) < math.inf for cell in column.cells)
