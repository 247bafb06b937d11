"""Searches to SQL: over the tables of `RunIndex`, where values and names travel as parameters, never in the text; or,
for people to read and change, over the views of docs/sql.md."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runicorn.errors import QueryError
from runicorn.query.literals import literal
from runicorn.query.search import All, AnyOf, Between, Comparison, Field, Node, Not, OneOf, Scalar, Word

TEXTS = {
    "id": "run_id",
    "run_id": "run_id",
    "project": "project",
    "name": "name",
    "status": "status",
    "notes": "notes",
    "group": "run_group",
    "job_type": "job_type",
    "hostname": "hostname",
    "liveness": "liveness",
    "best_metric_name": "best_metric_name",
}
NUMBERS = {
    "duration": "duration_s",
    "duration_s": "duration_s",
    "best": "best_metric_value",
    "best_metric_value": "best_metric_value",
    "best_metric_step": "best_metric_step",
    "pid": "pid",
    "artifacts_created": "artifacts_created",
    "artifacts_used": "artifacts_used",
}
TIMES = {
    name: column
    for column in ("created_at", "started_at", "ended_at", "updated_at")
    for name in (column, column.removesuffix("_at"))
}
FLAGS = {"archived": "archived", "pinned": "pinned"}
DOCUMENTS = {"config": "params", "params": "params", "summary": "summaries"}
STATS = ("last", "min", "max", "mean", "count", "first_step", "last_step", "nonfinite", "first_nonfinite_step")

_WORD = """(contains(lower(run_id), {w}) OR contains(lower(coalesce(project, '')), {w})
 OR contains(lower(coalesce(name, '')), {w}) OR contains(lower(coalesce(notes, '')), {w})
 OR contains(lower(array_to_string(tags, ' ')), {w}))"""


FACTS_OF_METRICS = """SELECT run_id, metric,
  CASE WHEN isfinite(arg_max_null(value, step)) THEN arg_max_null(value, step) END AS last,
  min(value) FILTER (isfinite(value)) AS min, max(value) FILTER (isfinite(value)) AS max,
  avg(value) FILTER (isfinite(value)) AS mean, count(*) AS count, min(step) AS first_step, max(step) AS last_step,
  count(*) FILTER (NOT isfinite(value)) AS nonfinite,
  min(step) FILTER (NOT isfinite(value)) AS first_nonfinite_step
FROM metrics GROUP BY ALL"""
"""What the table `facts` of `RunIndex` holds, from the view `metrics`."""


@dataclass(frozen=True, slots=True)
class Source:
    """What runs have in a field: the leaf `name` of the table `params` or `summaries`, or a `stat` of the metric `name`
    in the table `facts`."""

    table: str
    name: str
    stat: str = ""


class Compiler:
    """Collects the parameters of one query. `key` is what the tables call a run."""

    key = "run"

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}
        self.uses_metrics = False

    def condition(self, node: Node) -> str:
        """Return a condition over the table `runs` that is true or false for every run, never null."""
        if isinstance(node, All):
            return f"({' AND '.join(map(self.condition, node.terms))})" if node.terms else "true"
        if isinstance(node, AnyOf):
            return f"({' OR '.join(map(self.condition, node.terms))})"
        if isinstance(node, Not):
            return f"(NOT {self.condition(node.term)})"
        if isinstance(node, Word):
            return _WORD.format(w=self._add(node.text.lower()))
        if isinstance(node, OneOf):
            equals = [Comparison(node.field, "=", value, node.field.position) for value in node.values]
            return self.condition(AnyOf(tuple(equals)))
        if isinstance(node, Between):
            low = Comparison(node.field, ">=", node.low, node.position)
            return self.condition(All((low, Comparison(node.field, "<=", node.high, node.position))))
        return self._comparison(node)

    def order(self, field: Field, *, descending: bool) -> tuple[str, str]:
        """Return (a join, an ORDER BY clause after it) that sort runs by a field. Texts come after numbers and
        missing values last, either way. Raises QueryError."""
        direction = "DESC" if descending else "ASC"
        name = ".".join(field.parts)
        for columns in (TEXTS, NUMBERS, TIMES, FLAGS):
            if name in columns:
                return "", f"{columns[name]} {direction} NULLS LAST"
        join, number, text = self._sorted(self._source(field))
        return join, f"{number} {direction} NULLS LAST, {text} {direction} NULLS LAST"

    def _add(self, value: Any) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _comparison(self, node: Comparison) -> str:
        negation = {"!=": "=", "!~": "~"}.get(node.operator)
        if negation:
            return f"(NOT {self._comparison(Comparison(node.field, negation, node.value, node.position))})"
        name = ".".join(node.field.parts)
        if name == "tags":
            return self._tags(node)
        if node.operator == "has":
            raise QueryError(f"HAS is for tags, not for {name} (position {node.position + 1}).", node.position)
        test: Callable[[str, str], str] = lambda text, number: self._test(node, text, number)  # noqa: E731
        if name in TEXTS:
            return test(TEXTS[name], "NULL::DOUBLE")
        if name in NUMBERS:
            return test(f"{NUMBERS[name]}::VARCHAR", f"{NUMBERS[name]}::DOUBLE")
        if name in TIMES:
            return self._time(node, TIMES[name])
        if name in FLAGS:
            return test(f"{FLAGS[name]}::VARCHAR", "NULL::DOUBLE")
        source = self._source(node.field)
        return self._lacking(source) if node.value is None and node.operator == "=" else self._having(source, test)

    def _having(self, source: Source, test: Callable[[str, str], str]) -> str:
        """Return the condition that `test`, given text and number of a value, is true of what a run has."""
        return f"({self.key} IN (SELECT {self.key} FROM {self._values(source)} WHERE {test('value', 'number')}))"

    def _lacking(self, source: Source) -> str:
        """Return the condition that a run has no such value."""
        return f"({self.key} NOT IN (SELECT {self.key} FROM {self._values(source)}))"

    def _sorted(self, source: Source) -> tuple[str, str, str]:
        """Return a join and what it gives to sort by, a number and a text."""
        values = f"""(SELECT {self.key}, max(number) FILTER (NOT isnan(number)) AS sorted_number,
 max(lower(value)) FILTER (number IS NULL AND value NOT IN ('', 'NaN')) AS sorted_text
 FROM {self._values(source)} GROUP BY {self.key})"""
        return f"LEFT JOIN {values} USING ({self.key})", "sorted_number", "sorted_text"

    def _values(self, source: Source) -> str:
        """Return a subquery for what runs have: the run, `value`, `number`."""
        return values_of(source, self.key, self._add(source.name))

    def _source(self, field: Field) -> Source:
        head, *rest = field.parts
        if head in DOCUMENTS and rest:
            return Source(DOCUMENTS[head], ".".join(rest))
        if head == "metrics" and rest:
            *names, last = rest
            self.uses_metrics = True
            if names and last in STATS:
                return Source("facts", ".".join(names), last)
            return Source("facts", ".".join(rest), "last")
        raise QueryError(
            f"Unknown field {'.'.join(field.parts)!r} at position {field.position + 1}: use {', '.join(_known())}.",
            field.position,
        )

    def _tags(self, node: Comparison) -> str:
        if node.operator == "~":
            return f"regexp_matches(array_to_string(tags, chr(10)), {self._pattern(node)})"
        if node.operator not in ("has", "="):
            raise QueryError(f"Write `tags has {node.value}` (position {node.position + 1}).", node.position)
        if node.value is None:
            return "(len(tags) = 0)"
        return f"list_contains(tags, {self._add(_text(node.value))})"

    def _test(self, node: Comparison, text: str, number: str) -> str:
        value = node.value
        if node.operator == "~":
            return f"coalesce(regexp_matches({text}, {self._pattern(node)}), false)"
        if value is None:
            if node.operator != "=":
                raise QueryError(
                    f"null can only be compared by = and != (position {node.position + 1}).", node.position
                )
            return f"({text} IS NULL)"
        if isinstance(value, bool):
            return f"coalesce({text} {node.operator} {self._add(_text(value))}, false)"
        if isinstance(value, (int, float)):
            same = f"coalesce({number} {node.operator} {self._add(float(value))}, false)"
            if node.operator == "=":
                return f"({same} OR coalesce({text} = {self._add(_text(value))}, false))"
            return same
        return f"coalesce({text} {node.operator} {self._add(value)}, false)"

    def _time(self, node: Comparison, column: str) -> str:
        value = node.value
        if isinstance(value, str) and node.operator != "~":
            value = _instant(value, node.position)
        if not isinstance(value, (int, float)) and value is not None:
            raise QueryError(f"A time or a date is expected at position {node.position + 1}.", node.position)
        return self._test(Comparison(node.field, node.operator, value, node.position), f"{column}::VARCHAR", column)

    def _pattern(self, node: Comparison) -> str:
        pattern = _text(node.value)
        try:
            re.compile(pattern)
        except re.error as error:
            raise QueryError(
                f"{pattern!r} at position {node.position + 1} is no regular expression: {error}.", node.position
            ) from error
        return self._add(pattern)


class ColumnCompiler(Compiler):
    """Finds what runs have in the tables of `SearchColumns`, of which the one for `sources[0]` is called `s0`, ..."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[Source] = []

    def _having(self, source: Source, test: Callable[[str, str], str]) -> str:
        return test(*self._cells(source))

    def _lacking(self, source: Source) -> str:
        return f"(NOT {self._table(source)}.there)"

    def _sorted(self, source: Source) -> tuple[str, str, str]:
        text, number = self._cells(source)
        shown = f"CASE WHEN {number} IS NULL AND {text} NOT IN ('', 'NaN') THEN lower({text}) END"
        return "", f"CASE WHEN NOT isnan({number}) THEN {number} END", shown

    def _cells(self, source: Source) -> tuple[str, str]:
        table = self._table(source)
        return f"{table}.value", f"{table}.number"

    def _table(self, source: Source) -> str:
        if source not in self.sources:
            self.sources.append(source)
        return f"s{self.sources.index(source)}"


class ReadableCompiler(Compiler):
    """Writes the values into the text, over the views; where `uses_metrics` they need FACTS_OF_METRICS as `facts`."""

    key = "run_id"

    def _add(self, value: Any) -> str:
        return literal(value)


def values_of(source: Source, key: str, name: str) -> str:
    """Return a subquery for what runs have: the run, called `key`, `value` as text and `number`. `name` stands for the
    source's name, as a parameter or literal."""
    if source.table != "facts":
        return f"(SELECT {key}, value, number FROM {source.table} WHERE key = {name})"
    columns = f"{key}, {source.stat}::VARCHAR AS value, {source.stat}::DOUBLE AS number"
    return f"(SELECT {columns} FROM facts WHERE metric = {name} AND {source.stat} IS NOT NULL)"


def _known() -> list[str]:
    return ["tags", *TEXTS, *NUMBERS, *TIMES, *FLAGS, "config.<key>", "summary.<key>", "metrics.<name>.<max|min|...>"]


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _instant(text: str, position: int) -> float:
    """Seconds of a date or date and time; local time unless it names its zone."""
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError) as error:
        raise QueryError(f"{text!r} at position {position + 1} is no date such as 2025-06-01.", position) from error
