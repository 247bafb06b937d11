"""Choosing runs of a storage root for a command."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runicorn.cli.progress import reading_bar
from runicorn.errors import RunNotFound

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord


def choose_runs(
    reader: Reader,
    *,
    project: str | None = None,
    name: str | None = None,
    search: str | None = None,
    run_ids: Sequence[str] = (),
) -> list[RunRecord]:
    """Return the live runs asked for, in the order of the catalogue. Raises RunNotFound for an id that is not there."""
    records = reader.runs.list_runs(project=project, name=name)
    if search:
        with reading_bar(reader):
            found = {run.run_dir for run in reader.search(search).runs}
        records = [record for record in records if record.run_dir in found]
    if not run_ids:
        return records
    for run_id in run_ids:
        if not any(record.id == run_id for record in records):
            raise RunNotFound(run_id, f"Run {run_id} not found")
    return [record for record in records if record.id in run_ids]


def find_old_runs(reader: Reader, *, days: int, project: str | None = None) -> list[RunRecord]:
    """Return the live runs that nothing was written to for `days` days; running ones are left out."""
    limit = time.time() - days * 86400
    records = reader.runs.list_runs(project=project)
    return [record for record in records if record.status != "running" and record.updated_at < limit]
