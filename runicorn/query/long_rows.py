"""Metrics as rows of the view `metrics`: one for every run, metric and step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import duckdb
import numpy as np

from runicorn.query.records import RunRecord
from runicorn.query.stacks import Stack
from runicorn.query.tables import row_times
from runicorn.query.views import make_table

_ROWS_AT_ONCE = 500_000

_VIEW = """
CREATE TEMP VIEW {table} AS
SELECT run_id, project, name, metric, step, time, value, text, run_dir
FROM temp.{table}_rows JOIN temp.{table}_runs USING (run_number) JOIN temp.{table}_metrics USING (metric_number)
"""
_ROWS = """
SELECT run_number, metric_number, step, CASE WHEN has_time THEN time END AS time,
       CASE WHEN is_nan THEN 'nan'::DOUBLE WHEN is_number THEN value END AS value, text::VARCHAR AS text FROM arriving
"""
_COLUMNS = "run_number BIGINT, metric_number BIGINT, step BIGINT, time DOUBLE, value DOUBLE, text VARCHAR"
_RUNS = {"run_number": "BIGINT", "run_id": "VARCHAR", "project": "VARCHAR", "name": "VARCHAR", "run_dir": "VARCHAR"}
_METRICS = {"metric_number": "BIGINT", "metric": "VARCHAR"}


def make_view(cursor: duckdb.DuckDBPyConnection, table: str, stacks: Iterable[Stack]) -> None:
    """Create the temporary view `table` of the metrics of `stacks` and, as `run_dir`, the folder of each run.

    Names are kept once in tables of their own, so that a row takes up little until it is asked for.
    """
    runs: list[RunRecord] = []
    numbers: dict[str, int] = {}
    cursor.execute(f"CREATE TEMP TABLE {table}_rows ({_COLUMNS})")
    for batch in _batches(stacks, runs, numbers):
        cursor.register("arriving", batch)
        cursor.execute(f"INSERT INTO temp.{table}_rows {_ROWS}")
        cursor.unregister("arriving")
    named = ((number, run.id, run.project, run.name, run.files.folder) for number, run in enumerate(runs))
    make_table(cursor, f"{table}_runs", _RUNS, named)
    make_table(cursor, f"{table}_metrics", _METRICS, ((number, name) for name, number in numbers.items()))
    cursor.execute(_VIEW.format(table=table))


def drop_view(cursor: duckdb.DuckDBPyConnection, table: str) -> None:
    """Give up what `make_view` made."""
    cursor.execute(f"DROP VIEW temp.{table}")
    for part in ("rows", "runs", "metrics"):
        cursor.execute(f"DROP TABLE temp.{table}_{part}")


def _batches(
    stacks: Iterable[Stack], runs: list[RunRecord], numbers: dict[str, int]
) -> Iterator[dict[str, np.ndarray]]:
    """Rows of many runs at once, as arrays for DuckDB; the runs and the numbers of metrics are added to `runs` and
    `numbers`."""
    parts: list[dict[str, np.ndarray]] = []
    rows = 0
    for stack in stacks:
        for part in long_rows(stack, len(runs), numbers):
            parts.append(part)
            rows += len(part["step"])
        runs += stack.runs
        if rows >= _ROWS_AT_ONCE:
            yield _join(parts)
            parts, rows = [], 0
    if parts:
        yield _join(parts)


def _join(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def long_rows(stack: Stack, first_run: int, numbers: dict[str, int]) -> Iterator[dict[str, np.ndarray]]:
    """One row per step and metric."""
    times, steps = row_times(stack.events), stack.events.steps[:]
    for name, column in sorted(stack.events.columns.items()):
        if name == "time":
            continue
        rows, values, is_number = column.row_numbers(), column.numbers(), column.is_number()
        nan, time = np.isnan(values), times[rows]
        has_time = ~np.isnan(time)
        yield {
            "run_number": stack.owners[rows] + first_run,
            "metric_number": np.full(len(rows), numbers.setdefault(name, len(numbers))),
            "step": steps[rows],
            "time": np.where(has_time, time, 0),
            "has_time": has_time,
            "value": np.where(nan, 0, values),
            "is_nan": nan & is_number,
            "is_number": is_number,
            "text": column.texts(),
        }
