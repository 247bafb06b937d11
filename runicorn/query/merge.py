"""One row per step: the later value of a metric wins. Source: docs/http-api.md, section 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from runicorn.query.columns import Column
from runicorn.query.table import Events


def merge_steps(events: Events) -> Events:
    """Return `events` with one row per step, ascending; in each metric the last cell of a step is kept.

    The time of a row is that of the last event of its step which says one.
    """
    if events.sorted:
        return events
    steps, row_of = np.unique(events.steps[:], return_inverse=True)
    return replace(merge_rows(events, row_of, steps), sorted=True)


def merge_rows(events: Events, row_of: np.ndarray, steps: np.ndarray) -> Events:
    """Return `events` with its rows moved to `row_of`, the rows of a table whose steps are `steps`; see
    `merge_steps`."""
    columns = {name: _merge_column(column, row_of, len(steps)) for name, column in events.logged.items()}
    times = np.full(len(steps), np.nan)
    known = np.flatnonzero(~np.isnan(events.times[:]))
    times[row_of[known]] = events.times[known]
    return Events(steps, times, columns)


def join_segments(segments: Sequence[Events], clocks: Sequence[float] | None = None) -> Events:
    """Return the events of several files as one, interleaved by time.

    Within a file the order is kept even where its clock went back; an event without a time stays with the one
    before it. `clocks` are those of the events before, where `segments` are the ends of files; see `last_clock`.
    """
    starts = [-np.inf] * len(segments) if clocks is None else clocks
    starts = [start for segment, start in zip(segments, starts, strict=True) if len(segment)]
    segments = [segment for segment in segments if len(segment)]
    if len(segments) == 1:
        return segments[0]
    if not segments:
        return Events(np.empty(0, np.int64), np.empty(0), {}, sorted=True)
    times = [np.maximum(_clock(segment.times[:]), start) for segment, start in zip(segments, starts, strict=True)]
    order = np.argsort(np.concatenate(times), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    offsets = np.cumsum([0, *(len(segment) for segment in segments)])
    parts: dict[str, list[tuple[Column, np.ndarray]]] = {}
    for segment, offset in zip(segments, offsets[:-1], strict=True):
        for name, column in segment.logged.items():
            parts.setdefault(name, []).append((column, place[column.row_numbers() + offset]))
    return Events(
        np.concatenate([segment.steps[:] for segment in segments])[order],
        np.concatenate([segment.times[:] for segment in segments])[order],
        {name: _join_column(columns) for name, columns in parts.items()},
    )


def select(merged: Events, names: Sequence[str] | None, start: int | None, stop: int | None) -> Events:
    """Return the steps `start` to `stop`, both included, of rows sorted by step; with `names` only those metrics and
    the steps at which one of them was logged."""
    first = 0 if start is None else int(merged.steps.searchsorted(start, "left"))
    last = len(merged) if stop is None else int(merged.steps.searchsorted(stop, "right"))
    inside = between(merged, first, max(first, last))
    if names is None:
        return inside
    columns = {name: column for name, column in inside.columns.items() if name in set(names)}
    if any(column.rows is None for column in columns.values()):
        return Events(inside.steps, inside.times, columns, sorted=True)
    rows = np.unique(np.concatenate([np.empty(0, np.int64), *(column.row_numbers() for column in columns.values())]))
    kept = {name: column.keep_rows(rows) for name, column in columns.items()}
    return Events(inside.steps[rows], inside.times[rows], kept, sorted=True)


def between(events: Events, first: int, last: int) -> Events:
    """Return the rows `first` to before `last`."""
    if last - first == len(events):
        return events
    parts = {name: column.between(first, last) for name, column in events.logged.items()}
    logged = {name: part for name, part in parts.items() if len(part)}
    return Events(events.steps[first:last], events.times[first:last], logged, events.sorted)


def last_clock(events: Events) -> float:
    """Return the latest time of `events`, -inf where none says one."""
    return float(np.max(_clock(events.times[:])[-1:], initial=-np.inf))


def _clock(times: np.ndarray) -> np.ndarray:
    """Times that never go back, with gaps filled from before."""
    return np.maximum.accumulate(np.where(np.isnan(times), -np.inf, times))


def _merge_column(column: Column, row_of: np.ndarray, count: int) -> Column:
    """Keep the last cell of each row."""
    rows = row_of if column.rows is None else row_of[column.rows[:]]
    if len(rows) * 8 >= count:
        last = np.full(count, -1, np.int64)
        last[rows] = np.arange(len(rows))
        kept = np.flatnonzero(last >= 0)
        return column.take(last[kept], None if len(kept) == count else kept)
    kept, from_end = np.unique(rows[::-1], return_index=True)
    return column.take(len(rows) - 1 - from_end, kept)


def _join_column(parts: list[tuple[Column, np.ndarray]]) -> Column:
    rows = np.concatenate([rows for _, rows in parts])
    order = np.argsort(rows, kind="stable")
    table: list[object] = []
    codes = []
    for column, _ in parts:
        part = np.zeros(len(column), np.int64) if column.codes is None else column.codes[:].astype(np.int64)
        codes.append(np.where(part == 0, 0, part + len(table)))
        table.extend(column.table)
    joined = np.concatenate(codes)[order]
    values = np.concatenate([column.values[:] for column, _ in parts])[order]
    integral = all(column.integral for column, _ in parts)
    return Column(rows[order], values, joined if joined.any() else None, table, integral)
