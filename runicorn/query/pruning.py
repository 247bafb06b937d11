"""Which runs a query can be about, so that the files of no other run are opened.

Only what is certain counts: a condition on run_id, project or name that every row must meet. Anything that is not
understood restricts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import duckdb

from runicorn.query.records import RunRecord

_COLUMNS: dict[str, Callable[[RunRecord], str | None]] = {
    "run_id": lambda run: run.id,
    "project": lambda run: run.project,
    "name": lambda run: run.name,
}

Condition = tuple[str, frozenset[str]]
"""A column of _COLUMNS and the values it may have."""


def runs_in_question(
    cursor: duckdb.DuckDBPyConnection,
    query: str,
    params: Sequence[Any] | Mapping[str, Any],
    view: str,
    runs: list[RunRecord],
) -> list[RunRecord]:
    """Return those of `runs` whose rows of `view` the query may need."""
    nodes = [node for node in _select_nodes(_parse(cursor, query)) if view in _tables(node.get("from_table"))]
    if not nodes:
        return runs
    needed: set[int] = set()
    for node in nodes:
        conditions = list(_conditions(node, params))
        if not conditions:
            return runs
        needed.update(map(id, _matching(node, conditions, runs)))
    return [run for run in runs if id(run) in needed]


def _matching(node: dict[str, Any], conditions: list[Condition], runs: list[RunRecord]) -> list[RunRecord]:
    matching = [run for run in runs if all(_COLUMNS[column](run) in values for column, values in conditions)]
    if node["from_table"]["type"] == "BASE_TABLE":
        return matching
    ids = {run.id for run in matching}
    return [run for run in runs if run.id in ids]


def _parse(cursor: duckdb.DuckDBPyConnection, query: str) -> Any:
    try:
        [(text,)] = cursor.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
        return json.loads(text)
    except (duckdb.Error, ValueError):
        return None


def _select_nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if tree.get("type") == "SELECT_NODE":
            yield tree
        for value in tree.values():
            yield from _select_nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _select_nodes(value)


def _tables(source: Any) -> list[str]:
    """The names of the tables of a FROM clause, those of its subqueries left out."""
    if not isinstance(source, dict):
        return []
    if source.get("type") == "BASE_TABLE":
        return [str(source.get("table_name")).lower()]
    return [*_tables(source.get("left")), *_tables(source.get("right"))]


def _is_certain(source: Any) -> bool:
    """Whether all rows of the FROM clause are of one run each: one view, or views joined by run_id."""
    if not isinstance(source, dict) or source.get("sample"):
        return False
    if source.get("type") == "BASE_TABLE":
        return not source.get("column_name_alias")
    joined = source.get("type") == "JOIN" and source.get("join_type") == "INNER" and source.get("ref_type") == "REGULAR"
    by_run = "run_id" in [str(name).lower() for name in source.get("using_columns") or ()]
    return joined and by_run and _is_certain(source.get("left")) and _is_certain(source.get("right"))


def _conditions(node: dict[str, Any], params: Sequence[Any] | Mapping[str, Any]) -> Iterator[Condition]:
    if not _is_certain(node.get("from_table")):
        return
    for term in _conjuncts(node.get("where_clause")):
        found = _one_of(term)
        if found is not None:
            column, operands = found
            values = [_constant(operand, params) for operand in operands]
            if None not in values:
                yield column, frozenset(str(value) for value in values)


def _conjuncts(clause: Any) -> Iterator[dict[str, Any]]:
    if isinstance(clause, dict):
        if clause.get("type") == "CONJUNCTION_AND":
            for child in clause.get("children", ()):
                yield from _conjuncts(child)
        else:
            yield clause


def _one_of(term: dict[str, Any]) -> tuple[str, list[Any]] | None:
    """(column, operands) of `column = operand` and `column IN (operands)`."""
    if term.get("type") == "COMPARE_EQUAL":
        for column, operand in ((term["left"], term["right"]), (term["right"], term["left"])):
            if name := _column(column):
                return name, [operand]
    if term.get("type") == "COMPARE_IN":
        column, *operands = term.get("children", [None])
        if name := _column(column):
            return name, operands
    return None


def _column(expression: Any) -> str | None:
    if not isinstance(expression, dict) or expression.get("type") != "COLUMN_REF":
        return None
    name = str(expression["column_names"][-1]).lower()
    return name if name in _COLUMNS and len(expression["column_names"]) <= 2 else None


def _constant(operand: Any, params: Sequence[Any] | Mapping[str, Any]) -> str | None:
    """The text that an operand stands for, None when that is not certain."""
    if not isinstance(operand, dict):
        return None
    if operand.get("type") == "VALUE_CONSTANT":
        literal = operand.get("literal") or {}
        return literal.get("text") if literal.get("kind") == "STRING" else None
    if operand.get("type") == "VALUE_PARAMETER":
        value = _parameter(str(operand.get("identifier")), params)
        return value if isinstance(value, str) else None
    return None


def _parameter(name: str, params: Sequence[Any] | Mapping[str, Any]) -> Any:
    if isinstance(params, Mapping):
        return params.get(name)
    return params[int(name) - 1] if name.isdigit() and 0 < int(name) <= len(params) else None
