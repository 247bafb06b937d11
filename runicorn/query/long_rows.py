"""Metrics as rows of the view `metrics`: one for every run, metric and step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import duckdb
import numpy as np

from runicorn.query.records import RunRecord
from runicorn.query.stacks import Stack
from runicorn.query.tables import row_times
from runicorn.query.views import clean_text, text_array

_ROWS_AT_ONCE = 1_000_000

_SELECT = """
SELECT run_id, project, name, metric, step, CASE WHEN has_time THEN time END AS time,
       CASE WHEN is_nan THEN 'nan'::DOUBLE WHEN is_number THEN value END AS value, text, run_dir
FROM arriving JOIN arriving_runs USING (run_number) JOIN arriving_metrics USING (metric_number)
"""


def make_table(cursor: duckdb.DuckDBPyConnection, table: str, stacks: Iterable[Stack]) -> None:
    """Create the temporary table `table` with the metrics of `stacks` and, as `run_dir`, the folder of each run."""
    cursor.execute(
        f"CREATE TEMP TABLE {table} (run_id VARCHAR, project VARCHAR, name VARCHAR, metric VARCHAR, step BIGINT, "
        "time DOUBLE, value DOUBLE, text VARCHAR, run_dir VARCHAR)"
    )
    for batch in _batches(stacks):
        for name, arrays in batch.items():
            cursor.register(name, arrays)
        cursor.execute(f"INSERT INTO temp.{table} {_SELECT}")
        for name in batch:
            cursor.unregister(name)


def _batches(stacks: Iterable[Stack]) -> Iterator[dict[str, dict[str, np.ndarray]]]:
    """Rows of many runs at once, as arrays for DuckDB."""
    chosen: list[RunRecord] = []
    numbers: dict[str, int] = {}
    parts: list[dict[str, np.ndarray]] = []
    rows = 0
    for stack in stacks:
        for part in long_rows(stack, len(chosen), numbers):
            parts.append(part)
            rows += len(part["step"])
        chosen += stack.runs
        if rows >= _ROWS_AT_ONCE:
            yield _batch(chosen, numbers, parts)
            chosen, numbers, parts, rows = [], {}, [], 0
    if parts:
        yield _batch(chosen, numbers, parts)


def _batch(
    runs: list[RunRecord], numbers: dict[str, int], parts: list[dict[str, np.ndarray]]
) -> dict[str, dict[str, np.ndarray]]:
    return {
        "arriving": {key: np.concatenate([part[key] for part in parts]) for key in parts[0]},
        "arriving_runs": {
            "run_number": np.arange(len(runs)),
            "run_id": text_array([run.id for run in runs]),
            "project": text_array([run.project for run in runs]),
            "name": text_array([run.name for run in runs]),
            "run_dir": text_array([clean_text(run.files.folder) for run in runs]),
        },
        "arriving_metrics": {"metric_number": np.arange(len(numbers)), "metric": text_array(list(numbers))},
    }


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
