"""What is known about the state of a run: `status.json`, and the background check for runs whose process died."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from runicorn.storage.documents import find_object, write_json
from runicorn.storage.layout import RunFiles
from runicorn.storage.liveness import liveness

RUNNING = "running"
FINISHED = "finished"
FAILED = "failed"
INTERRUPTED = "interrupted"
PROCESS_NOT_FOUND = "process_not_found"

_FOREIGN_MARKS = ("remote_cache", "_remote_")


def write_status(run: RunFiles, status: str, *, sync: bool = True, **fields: Any) -> dict[str, Any]:
    """Replace status.json and return what it now says: `status` and `fields` over what was there.

    A field given as None is removed. Raises OSError.
    """
    document = {**find_object(run.status), "status": status, **fields}
    document = {key: value for key, value in document.items() if value is not None}
    write_json(run.status, document, sync=sync)
    return document


def mark_dead_runs(root: Path) -> tuple[int, int]:
    """Write `failed` for every run said to be running whose process on this machine is gone.

    Returns how many runs were said to be running, and how many of those were changed. Runs of other hosts, runs that
    may not be written, and copies of remote runs stay as they are. Source: docs/http-api.md, section 1.
    """
    from runicorn.storage.runs import iter_run_folders  # the writer of one run, who says how it goes, lists none

    checked = updated = 0
    for run in iter_run_folders(root):
        if run.deleted.exists() or find_object(run.status).get("status") != RUNNING:
            continue
        checked += 1
        updated += _mark_if_dead(run)
    return checked, updated


def is_remote_copy(run: RunFiles) -> bool:
    """Tell whether the path says that the run was fetched from another machine, whose processes are not ours."""
    return any(mark in run.folder for mark in _FOREIGN_MARKS)


def _mark_if_dead(run: RunFiles) -> bool:
    if is_remote_copy(run) or liveness(find_object(run.meta)) != "dead":
        return False
    # The run may have ended, or been resumed, since its status was read.
    if find_object(run.status).get("status") != RUNNING or liveness(find_object(run.meta)) != "dead":
        return False
    try:
        write_status(run, FAILED, ended_at=time.time(), exit_reason=PROCESS_NOT_FOUND)
    except OSError:
        return False
    return True
