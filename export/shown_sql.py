"""The SQL over the views of docs/sql.md that gives the numbers of a table, for those who want to ask on from there."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from runicorn.errors import QueryError
from runicorn.export.table import Choice, Column, is_metric, metric_parts, search_field
from runicorn.query.literals import literal
from runicorn.query.search import parse, parse_field
from runicorn.query.search_sql import FACTS_OF_METRICS, ReadableCompiler

_OWN = {
    "status": "status",
    "run": "run_id",
    "project": "project",
    "name": "name",
    "created": "created_at",
    "duration": "duration_s",
    "best": "best_metric_value",
    "tags": "tags",
    "host": "hostname",
    "group": "run_group",
    "notes": "notes",
}
"""What the view `runs` calls the columns of the table."""

_TEXTS = {**_OWN, "tags": "array_to_string(tags, ', ')"}
_SORTED = {key: f"nullif(lower({column}), '')" for key, column in _TEXTS.items()}
_SORTED |= {key: _OWN[key] for key in ("created", "duration", "best")}


def runs_sql(choice: Choice, columns: Sequence[Column]) -> str:
    """Return the query of a page of the table of runs. A search that cannot be understood is left out."""
    compiler = ReadableCompiler()
    conditions = _conditions(choice, compiler)
    join, order = _order(choice, compiler)
    selected = [_selected(column.key) for column in columns]
    asks_facts = compiler.uses_metrics or any(is_metric(column.key) for column in columns)
    facts = [f"WITH facts AS ({FACTS_OF_METRICS})"] if asks_facts else []
    lines = [*facts, "SELECT " + ",\n  ".join(selected), f"FROM runs {join}".rstrip()]
    if conditions:
        lines.append("WHERE " + "\n  AND ".join(conditions))
    lines += [f"ORDER BY pinned DESC, {order}created_at DESC", f"LIMIT {choice.per_page}"]
    if choice.page > 1:
        lines[-1] += f" OFFSET {(choice.page - 1) * choice.per_page}"
    return "\n".join(lines)


def documents_sql(view: str, run_ids: Sequence[str]) -> str:
    """Return the query of the parameters (view `params`) or results (`summaries`) of some runs, side by side."""
    if len(run_ids) == 1:
        return f"SELECT key, value, number\nFROM {view}\nWHERE run_id = {literal(run_ids[0])}\nORDER BY key"
    runs = ", ".join(map(literal, run_ids))
    return f"FROM {view}\nPIVOT (any_value(value) FOR run_id IN ({runs}) GROUP BY key)\nORDER BY key"


def artifacts_sql(type: str | None) -> str:
    """Return the query of the table of artifacts."""
    columns = "artifact, type, latest_version, aliases, versions, size_bytes, updated_at"
    where = "" if type is None else f"\nWHERE type = {literal(type)}"
    return f"SELECT {columns}\nFROM artifacts{where}\nORDER BY updated_at DESC"


def files_sql(type: str, name: str, version: int) -> str:
    """Return the query of the files of a version."""
    return (
        "SELECT path, uri, size_bytes, digest\nFROM artifact_files\n"
        f"WHERE type = {literal(type)} AND artifact = {literal(name)} AND version = {version}\nORDER BY path"
    )


def _conditions(choice: Choice, compiler: ReadableCompiler) -> list[str]:
    conditions = [
        f"{column} = {literal(value)}"
        for column, value in (("project", choice.project), ("name", choice.name))
        if value is not None
    ]
    if choice.statuses:
        conditions.append(f"status IN ({', '.join(map(literal, choice.statuses))})")
    if not choice.archived:
        conditions.append("NOT archived")
    if choice.search:
        with contextlib.suppress(QueryError):
            conditions.append(compiler.condition(parse(choice.search)))
    return conditions


def _order(choice: Choice, compiler: ReadableCompiler) -> tuple[str, str]:
    """Return (a join, what the rows are ordered by first, with a comma behind it)."""
    key, descending = choice.sort.removeprefix("-"), choice.sort.startswith("-")
    field = search_field(key)
    if field is not None:
        join, order = compiler.order(parse_field(field), descending=descending)
        return join, f"{order}, "
    if key not in _SORTED or choice.sort == "-created":
        return "", ""
    return "", f"{_SORTED[key]} {'DESC' if descending else 'ASC'} NULLS LAST, "


def _selected(key: str) -> str:
    if key in _OWN:
        return _OWN[key]
    shown = '"' + key.replace('"', '""') + '"'
    source, _, name = key.partition(".")
    if source in ("config", "summary"):
        view = "params" if source == "config" else "summaries"
        return f"(SELECT any_value(value) FROM {view} WHERE run_id = runs.run_id AND key = {literal(name)}) AS {shown}"
    metric, statistic = metric_parts(key)
    of_run = f"run_id = runs.run_id AND metric = {literal(metric)}"
    return f"(SELECT any_value({statistic}) FROM facts WHERE {of_run}) AS {shown}"
