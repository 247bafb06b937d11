"""The tables behind the SQL views. Source: docs/sql.md, whose columns these are."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import duckdb
import numpy as np

from runicorn.query import artifact_views
from runicorn.query.events import DamagedLine, iter_lines, parse_line, read_time
from runicorn.query.logs import Logs
from runicorn.query.media import Media
from runicorn.query.records import RunRecord
from runicorn.storage.runs import event_files

Columns = Mapping[str, str]
"""Column names and their DuckDB types, in order."""

_RUN: dict[str, str] = {"run_id": "VARCHAR", "project": "VARCHAR", "name": "VARCHAR"}

RUNS: Columns = {
    **_RUN,
    "status": "VARCHAR",
    "stored_status": "VARCHAR",
    "liveness": "VARCHAR",
    "created_at": "DOUBLE",
    "started_at": "DOUBLE",
    "ended_at": "DOUBLE",
    "updated_at": "DOUBLE",
    "duration_s": "DOUBLE",
    "best_metric_name": "VARCHAR",
    "best_metric_value": "DOUBLE",
    "best_metric_step": "BIGINT",
    "best_metric_mode": "VARCHAR",
    "tags": "VARCHAR[]",
    "notes": "VARCHAR",
    "run_group": "VARCHAR",
    "job_type": "VARCHAR",
    "archived": "BOOLEAN",
    "pinned": "BOOLEAN",
    "hostname": "VARCHAR",
    "pid": "BIGINT",
    "artifacts_created": "BIGINT",
    "artifacts_used": "BIGINT",
    "config": "JSON",
    "summary": "JSON",
    "warnings": "VARCHAR[]",
    "run_dir": "VARCHAR",
}
PARAMS: Columns = {**_RUN, "key": "VARCHAR", "value": "VARCHAR", "number": "DOUBLE"}
SUMMARIES: Columns = PARAMS
METRICS: Columns = {
    **_RUN,
    "metric": "VARCHAR",
    "step": "BIGINT",
    "time": "DOUBLE",
    "value": "DOUBLE",
    "text": "VARCHAR",
}
EVENTS: Columns = {**_RUN, "ts": "DOUBLE", "type": "VARCHAR", "data": "JSON"}
LOGS: Columns = {**_RUN, "line_number": "BIGINT", "line": "VARCHAR"}
IMAGES: Columns = {
    **_RUN,
    "key": "VARCHAR",
    "step": "BIGINT",
    "caption": "VARCHAR",
    "ts": "DOUBLE",
    "path": "VARCHAR",
}

_ATTRIBUTES = {
    "run_id": "id",
    "created_at": "created_time",
    "run_group": "group",
    "artifacts_created": "artifacts_created_count",
    "artifacts_used": "artifacts_used_count",
    "run_dir": "files.folder",
}
"""Columns of RUNS whose attribute of a record is called something else."""

SCHEMA: Mapping[str, Columns] = {
    "runs": RUNS,
    "params": PARAMS,
    "summaries": SUMMARIES,
    "metrics": METRICS,
    "events": EVENTS,
    "logs": LOGS,
    "images": IMAGES,
    "artifacts": artifact_views.ARTIFACTS,
    "artifact_versions": artifact_views.ARTIFACT_VERSIONS,
    "artifact_files": artifact_views.ARTIFACT_FILES,
    "lineage": artifact_views.LINEAGE,
}
"""Every view and its columns."""


def make_table(cursor: duckdb.DuckDBPyConnection, table: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
    """Create the temporary table `table` with `rows`, whose cells are of the columns' types or None."""
    _write(cursor, f"CREATE TEMP TABLE {table} AS", columns, rows)


def insert_rows(cursor: duckdb.DuckDBPyConnection, table: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
    """Append `rows` to the temporary table `table`, which `make_table` made with the same columns."""
    _write(cursor, f"INSERT INTO temp.{table}", columns, rows)


def _write(cursor: duckdb.DuckDBPyConnection, head: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
    arrays = _arrays(columns, rows)
    selected = ", ".join(_converted(name, kind) for name, kind in columns.items())
    cursor.register("arriving", arrays)
    try:
        cursor.execute(f"{head} SELECT {selected} FROM arriving")
    finally:
        cursor.unregister("arriving")


def run_rows(runs: Iterable[RunRecord], columns: Columns = RUNS) -> Iterator[list[Any]]:
    """Rows of the view `runs`, or those `columns` of it."""
    read = attrgetter(*(_ATTRIBUTES.get(name, name) for name in columns))
    converted = [(place, _CONVERTED[kind]) for place, kind in enumerate(columns.values()) if kind in _CONVERTED]
    for run in runs:
        row = list(read(run))
        for place, convert in converted:
            row[place] = convert(row[place])
        yield row


def param_rows(runs: Iterable[RunRecord]) -> Iterator[tuple[Any, ...]]:
    """Rows of the view `params`."""
    for run in runs:
        yield from ((run.id, run.project, run.name, *row) for row in leaf_rows(run.config))


def summary_rows(runs: Iterable[RunRecord]) -> Iterator[tuple[Any, ...]]:
    """Rows of the view `summaries`."""
    for run in runs:
        yield from ((run.id, run.project, run.name, *row) for row in leaf_rows(run.summary))


def leaf_rows(document: Mapping[str, Any]) -> Iterator[tuple[str, str | None, float | None]]:
    """Yield (dotted key, value as text, value as number) of the leaves of a document."""
    for key, value in flatten(document):
        yield key, _as_text(value), _as_number(value)


def event_rows(runs: Iterable[RunRecord]) -> Iterator[tuple[Any, ...]]:
    """Rows of the view `events`: every line that is a JSON object, in file order."""
    for run in runs:
        for path in event_files(run.files):
            for event in _events(path.read_bytes()):
                time = read_time(event)
                kind = event.get("type")
                data = json.dumps(event.get("data"), ensure_ascii=False)
                yield (run.id, run.project, run.name, None if np.isnan(time) else time, _as_text(kind), data)


def log_rows(runs: Iterable[RunRecord]) -> Iterator[tuple[Any, ...]]:
    """Rows of the view `logs`; lines count from 1."""
    logs = Logs()
    for run in runs:
        for number, line in enumerate(logs.read(run).lines, 1):
            yield (run.id, run.project, run.name, number, line)


def image_rows(runs: Iterable[RunRecord]) -> Iterator[tuple[Any, ...]]:
    """Rows of the view `images`."""
    media = Media()
    for run in runs:
        for image in media.list(run, ["image"]):
            yield (run.id, run.project, run.name, image.key, image.step, image.caption, image.ts, image.path)


def flatten(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, value) of the leaves of nested objects; a list is a leaf."""
    for key, value in document.items():
        if isinstance(value, dict) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _events(data: bytes) -> Iterator[dict[str, Any]]:
    for line in iter_lines(data[: data.rfind(b"\n") + 1]):
        try:
            yield parse_line(line)
        except DamagedLine:
            continue


def _arrays(columns: Columns, rows: Iterable[Sequence[Any]]) -> dict[str, np.ndarray]:
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    return {name: _array(kind, values) for (name, kind), values in zip(columns.items(), cells, strict=True)}


def _array(kind: str, values: Sequence[Any]) -> np.ndarray:
    """Text travels as objects, anything else masked where it is None."""
    if kind not in _DTYPES:
        return text_array(values)
    missing = [value is None for value in values]
    filled = np.array([0 if value is None else value for value in values], _DTYPES[kind])
    return np.ma.masked_array(filled, missing)


_DTYPES: dict[str, Any] = {"DOUBLE": np.float64, "BIGINT": np.int64, "BOOLEAN": np.bool_}


def _converted(name: str, kind: str) -> str:
    if kind == "VARCHAR[]":
        return f"from_json({name}::JSON, '[\"VARCHAR\"]') AS {name}"
    return f"{name}::{kind} AS {name}"


def _json_list(values: Sequence[Any]) -> str:
    return _json(list(values)) if values else "[]"


def _in_64_bits(value: int | None) -> int | None:
    return value if value is not None and -(2**63) <= value < 2**63 else None


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return repr(value)
    return _json(value)


def _as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _json(value: Any) -> str:
    """JSON text; a lone surrogate, which no JSON reader takes, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


_CONVERTED: dict[str, Callable[[Any], Any]] = {"JSON": _json, "VARCHAR[]": _json_list, "BIGINT": _in_64_bits}
"""How values of records become cells of a type."""


def text_array(values: Sequence[str | None]) -> np.ndarray:
    """Return texts as an array for DuckDB."""
    array = np.empty(len(values), object)
    array[:] = [value if value is None else clean_text(value) for value in values]
    return array


def clean_text(text: str) -> str:
    """Return `text` with lone surrogates, which DuckDB refuses, written as their escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
