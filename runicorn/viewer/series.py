"""Curves of runs as JSON, for the HTTP calls and the live socket alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runicorn.errors import InvalidInput, RunNotFound
from runicorn.export.curves import series_json
from runicorn.query import Reader
from runicorn.query.records import RunRecord
from runicorn.viewer.schemas.series import MAX_NAMES, MAX_RUNS


def curves_of_run(reader: Reader, run: RunRecord, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the curves that `query`, a loaded `SeriesQuery`, asks for. Raises InvalidInput for too many names."""
    names = query.get("names")
    if names is not None:
        known = {fact.name for fact in reader.metrics.facts(run)} if any("," in name for name in names) else set()
        names = split_names(names, known)
    if len(names or ()) > MAX_NAMES:
        raise InvalidInput(f"At most {MAX_NAMES} metrics in one call.")
    answer = reader.metrics.series(
        run,
        names,
        x=query["x"],
        start=query.get("start"),
        stop=query.get("stop"),
        max_points=query["max_points"],
        log=query["scale"] == "log",
    )
    return series_json(run.id, answer)


def curves_of_runs(reader: Reader, run_ids: Sequence[str], query: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{"answers", "missing"}` for the runs `run_ids`, in their order. Raises InvalidInput for too many."""
    if len(run_ids) > MAX_RUNS:
        raise InvalidInput(f"At most {MAX_RUNS} runs in one call.")
    found, missing = [], []
    for run_id in run_ids:
        try:
            found.append(curves_of_run(reader, reader.runs.get(run_id), query))
        except RunNotFound:
            missing.append(run_id)
    return {"answers": found, "missing": missing}


def split_names(texts: Sequence[str], known: set[str]) -> list[str]:
    """Return the names in `texts`: each is a name or a list with commas between; a `known` name is never cut."""
    names = [name for text in texts for name in ([text] if text in known else text.split(","))]
    return [name for name in dict.fromkeys(names) if name]
