"""Filters, order and pages over runs, as `GET /api/v2/experiments` and `/api/experiments` offer them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from runicorn.errors import InvalidInput
from runicorn.query.records import RunRecord

Test = Callable[[RunRecord], bool]

ORDERS: dict[str, Callable[[RunRecord], Any]] = {
    "created_at": attrgetter("created_time"),
    "updated_at": attrgetter("updated_at"),
    "best_metric_value": attrgetter("best_metric_value"),
    "status": attrgetter("status"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the runs that pass, and how many pass."""

    runs: list[RunRecord]
    total: int


def find_page(runs: Sequence[RunRecord], query: Mapping[str, Any]) -> Page:
    """Return the page of `runs` that `query`, a loaded `ListQuery`, asks for. Raises InvalidInput for its order."""
    passing = list(runs)
    for test in _tests(query):
        passing = [run for run in passing if test(run)]
    start = (query["page"] - 1) * query["per_page"]
    stop = start + query["per_page"]
    ordered = order(passing, query["order_by"], descending=query["order_desc"], limit=stop)
    return Page(ordered[start:stop], len(passing))


def order(runs: Sequence[RunRecord], by: str, *, descending: bool, limit: int | None = None) -> list[RunRecord]:
    """Return `runs` in order of `by`, the first `limit` of them; those without that value come last either way.

    Raises InvalidInput.
    """
    if by not in ORDERS:
        raise InvalidInput(f"order_by must be one of {', '.join(ORDERS)}, not {by!r}.")
    values = list(map(ORDERS[by], runs))
    known = [place for place, value in enumerate(values) if value is not None]
    unknown = [place for place, value in enumerate(values) if value is None]
    first = heapq.nlargest if descending else heapq.nsmallest
    ordered = first(len(known) if limit is None else limit, known, key=values.__getitem__)
    return [runs[place] for place in (ordered + unknown)[:limit]]


def matches_text(run: RunRecord, text: str) -> bool:
    """Tell whether project, name, id, notes or a tag of `run` holds `text`, in any case."""
    wanted = text.casefold()
    return any(wanted in part.casefold() for part in (run.project, run.name, run.id, run.notes, *run.tags) if part)


def split_list(text: str) -> frozenset[str]:
    """Return the parts of a list with commas between."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _tests(query: Mapping[str, Any]) -> Iterable[Test]:
    for name, make in _FILTERS.items():
        value = query.get(name)
        if value not in (None, ""):
            yield make(value)


def _status(text: str) -> Test:
    wanted = split_list(text)
    return lambda run: run.status in wanted


def _tags(text: str) -> Test:
    wanted = split_list(text)
    return lambda run: wanted.issubset(run.tags)


_FILTERS: dict[str, Callable[[Any], Test]] = {
    "project": lambda value: lambda run: run.project == value,
    "name": lambda value: lambda run: run.name == value,
    "status": _status,
    "tags": _tags,
    "search": lambda value: lambda run: matches_text(run, value),
    "created_after": lambda value: lambda run: run.created_time >= value,
    "created_before": lambda value: lambda run: run.created_time <= value,
    "best_metric_min": lambda value: lambda run: run.best_metric_value is not None and run.best_metric_value >= value,
    "best_metric_max": lambda value: lambda run: run.best_metric_value is not None and run.best_metric_value <= value,
}
