"""The table of runs: which columns it has, what a cell holds, and how rows are chosen and sorted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from runicorn.storage.documents import parse_json
from runicorn.storage.status import RUNNING

if TYPE_CHECKING:
    from runicorn.query.records import RunRecord

DEFAULT_COLUMNS = ("status", "run", "project", "name", "created", "duration", "best")
BEST_KEYS = frozenset(f"best_metric_{part}" for part in ("name", "value", "step", "mode"))
"""Keys of a summary that have their own place on the pages."""
STATISTICS = ("last", "min", "max", "mean")
"""What a column can show of a metric."""
PER_PAGE = 50
MAX_PER_PAGE = 500
_AUTOMATIC = 3
_LOOKED_AT = 100
_REMEMBERED = 1 << 18
"""How many documents' keys are remembered: their texts are in memory anyway."""
_LABELS = {
    "status": "Status",
    "run": "Run",
    "project": "Project",
    "name": "Name",
    "created": "Created",
    "duration": "Duration",
    "best": "Best",
    "tags": "Tags",
    "host": "Host",
    "group": "Group",
    "notes": "Notes",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `key` is what addresses say ("created", "config.lr", "summary.loss", "metrics.val/loss.min"), `kind` how a cell is
    drawn.
    """

    key: str
    label: str
    kind: str
    section: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader of the table asked for. `sort` is a column's key, with "-" before it for largest first."""

    project: str | None = None
    name: str | None = None
    statuses: tuple[str, ...] = ()
    search: str = ""
    sort: str = "-created"
    page: int = 1
    per_page: int = PER_PAGE
    columns: tuple[str, ...] = ()
    archived: bool = False

    def query(self, **changes: object) -> dict[str, object]:
        """Return the address parameters of this choice after `changes`, leaving out what is usual."""
        values: dict[str, object] = {
            "project": self.project,
            "name": self.name,
            "status": list(self.statuses),
            "q": self.search,
            "sort": self.sort if self.sort != "-created" else None,
            "page": self.page if self.page > 1 else None,
            "per_page": self.per_page if self.per_page != PER_PAGE else None,
            "archived": "1" if self.archived else None,
        }
        return {**values, **changes}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the table. `total` counts the rows that matched; `offered` are all columns one could choose."""

    rows: list[RunRecord]
    total: int
    pages: int
    page: int
    columns: list[Column]
    offered: list[Column] = field(default_factory=list)

    def sections(self) -> list[tuple[str, list[Column]]]:
        """Return the offered columns by section: of the run first, then parameters, results and metrics."""
        sections: dict[str, list[Column]] = {}
        for column in self.offered:
            sections.setdefault(column.section, []).append(column)
        return list(sections.items())


def lay_out(runs: Sequence[RunRecord], choice: Choice) -> Sheet:
    """Sort `runs` and cut out the page that was asked for; a page past the end gives the last one.

    What is to be sorted by a `search_field` must be in that order already.
    """
    sorted_already = search_field(choice.sort.removeprefix("-")) is not None
    ordered = pinned_first(runs) if sorted_already else sort_runs(runs, choice.sort)
    pages = max(1, math.ceil(len(ordered) / choice.per_page))
    page = min(max(1, choice.page), pages)
    rows = ordered[(page - 1) * choice.per_page : page * choice.per_page]
    offered = offered_columns(runs)
    columns = _chosen(offered, choice, runs)
    return Sheet(rows, len(ordered), pages, page, columns, [*offered, *(c for c in columns if is_metric(c.key))])


def sort_runs(runs: Iterable[RunRecord], sort: str) -> list[RunRecord]:
    """Order runs by a column of their own, newest first among equals; pinned ones first, those without a value last
    either way."""
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    read = _OWN.get(key, lambda run: None)
    newest = sorted(runs, key=attrgetter("created_time"), reverse=True)
    ranked = [(_rank(read(run)), run) for run in newest]
    present = [(rank, run) for rank, run in ranked if rank is not None]
    present.sort(key=lambda pair: pair[0], reverse=descending)
    ordered = [run for _, run in present] + [run for rank, run in ranked if rank is None]
    return pinned_first(ordered)


def pinned_first(runs: Iterable[RunRecord]) -> list[RunRecord]:
    """Return `runs` in their order, but pinned ones first."""
    return sorted(runs, key=attrgetter("pinned"), reverse=True)


def is_metric(key: str) -> bool:
    """Tell whether a column holds a fact of a metric: `metrics.<name>.<statistic>`."""
    return key.startswith("metrics.") and key.rpartition(".")[2] in STATISTICS and key.count(".") > 1


def metric_parts(key: str) -> tuple[str, str]:
    """Return (name, statistic) of a metric's column."""
    name, _, statistic = key.removeprefix("metrics.").rpartition(".")
    return name, statistic


def search_field(key: str) -> str | None:
    """Return the column of a metric, parameter or summary value as the search language names it, None for others."""
    if is_metric(key):
        name, statistic = metric_parts(key)
        return f"metrics.{_quote(name)}.{statistic}"
    source, _, name = key.partition(".")
    return f"{source}.{_quote(name)}" if source in ("config", "summary") and name else None


def _quote(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def cell(run: RunRecord, key: str) -> Any:
    """Return what the column `key` shows of `run`, None when it has nothing there."""
    source, _, name = key.partition(".")
    if source == "config":
        return look_up(run.config, name)
    if source == "summary":
        return look_up(run.summary, name)
    return _OWN[key](run) if key in _OWN else None


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested mappings as one of dotted keys: {"optim": {"lr": 1}} gives {"optim.lr": 1}."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def look_up(values: dict[str, Any], key: str) -> Any:
    """Return `flatten(values).get(key)` without making the rest."""
    if key in values and not (isinstance(values[key], dict) and values[key]):
        return values[key]
    head, dot, rest = key.partition(".")
    while dot:
        inner = values.get(head)
        if isinstance(inner, dict) and (found := look_up(inner, rest)) is not None:
            return found
        part, dot, rest = rest.partition(".")
        head = f"{head}.{part}"
    return None


def offered_columns(runs: Iterable[RunRecord]) -> list[Column]:
    """Return every column these runs could fill: the fixed ones, then parameters, then summary values, by name."""
    parameters = frozenset().union(*{_keys_of(run, run.config_json) for run in runs})
    summaries = frozenset().union(*{_keys_of(run, run.summary_json) for run in runs})
    own = [Column(key, label, _KINDS.get(key, "text"), "Run") for key, label in _LABELS.items()]
    return [
        *own,
        *(Column(f"config.{key}", key, "value", "Parameters") for key in sorted(parameters)),
        *(Column(f"summary.{key}", key, "value", "Summary") for key in sorted(summaries - BEST_KEYS)),
    ]


def _keys_of(run: RunRecord, document: str) -> frozenset[str]:
    """The dotted keys of a document of `run`, one set for all with the same. What still changes is not remembered."""
    return _shared(_read_keys(document) if run.stored_status == RUNNING else _remembered_keys(document))


def _read_keys(document: str) -> frozenset[str]:
    return frozenset(flatten(parse_json(document)))


_remembered_keys = lru_cache(_REMEMBERED)(_read_keys)


@lru_cache(_REMEMBERED)
def _shared(keys: frozenset[str]) -> frozenset[str]:
    return keys


def _chosen(offered: list[Column], choice: Choice, runs: Sequence[RunRecord]) -> list[Column]:
    known = {column.key: column for column in offered}
    known |= {
        key: Column(key, " ".join(metric_parts(key)), "value", "Metrics") for key in choice.columns if is_metric(key)
    }
    if choice.columns:
        keys = ["run", *(key for key in choice.columns if key in known and key != "run")]
    else:
        keys = [*DEFAULT_COLUMNS, *_telling(offered, runs)]
        keys = [
            key for key in keys if not (choice.project and key == "project") and not (choice.name and key == "name")
        ]
    return [known[key] for key in keys]


def _telling(offered: list[Column], runs: Sequence[RunRecord]) -> list[str]:
    """Choose a few columns that tell these runs apart: parameters and results that differ, tags when there are any.

    Only the first runs are looked at, whatever page is shown, so that columns stay while one turns pages.
    """
    runs = runs[:_LOOKED_AT]
    keys = ["tags"] if any(run.tags for run in runs) else []
    for section in ("Parameters", "Summary"):
        varied = (column.key for column in offered if column.section == section and _varies(column.key, runs))
        keys += [key for key, _ in zip(varied, range(_AUTOMATIC), strict=False)]
    return keys


def _varies(key: str, runs: Sequence[RunRecord]) -> bool:
    values = {repr(value) for run in runs if isinstance(value := cell(run, key), bool | int | float | str)}
    return len(values) > 1


def _rank(value: Any) -> Any:
    """What a value of its column is sorted by; None for one that says nothing."""
    return value.casefold() or None if isinstance(value, str) else value


_KINDS = {"status": "status", "run": "run", "created": "time", "duration": "duration", "best": "best", "tags": "tags"}
_OWN = {
    "status": lambda run: run.status,
    "run": lambda run: run.id,
    "project": lambda run: run.project,
    "name": lambda run: run.name,
    "created": lambda run: run.created_time,
    "duration": lambda run: run.duration_s,
    "best": lambda run: run.best_metric_value,
    "tags": lambda run: ", ".join(run.tags),
    "host": lambda run: run.hostname,
    "group": lambda run: run.group,
    "notes": lambda run: run.notes,
}
