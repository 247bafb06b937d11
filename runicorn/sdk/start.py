"""How a run begins: its folder, its identity, and what is left of an earlier attempt under the same id."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from runicorn._version import __version__
from runicorn.errors import Conflict, RunNotFound
from runicorn.sdk.settings import Settings
from runicorn.storage.documents import Damaged, find_object, parse_json
from runicorn.storage.journal import iter_lines_backwards, segment_path
from runicorn.storage.layout import RUNS, RunFiles, run_files
from runicorn.storage.liveness import hostname, identity, liveness
from runicorn.storage.names import new_run_id

_MAX_LINES_LOOKED_AT = 100_000


class Start(NamedTuple):
    """Where a run stands when this process begins to write it.

    `is_owner`: this process speaks for the run in meta.json and status.json; a further rank, or a process that joins
    a run whose own process is alive, only adds events. `attempt` counts from 1. `step` is the last one logged before.
    """

    files: RunFiles
    events: Path
    meta: dict[str, Any]
    is_owner: bool
    attempt: int
    step: int
    summary: dict[str, Any]
    failure: OSError | None = None


def find_start(settings: Settings) -> Start:
    """Find or make the run's folder and say where the run stands.

    Raises Conflict or RunNotFound when `resume` does not allow what is there. A storage that cannot be
    written is not raised but kept in `failure`.
    """
    if not settings.enabled:
        files = _files(settings, settings.run_id or new_run_id())
        return Start(files, files.events, {}, False, 1, 0, {})
    try:
        files, is_new = _make_folder(settings)
    except OSError as error:
        files = _files(settings, settings.run_id or new_run_id())
        meta = make_meta(settings, files, {})
        return Start(files, files.events, meta, _leads(settings), 1, 0, {}, error)
    old = {} if is_new else find_object(files.meta)
    joins = _joins(old)
    if old and _leads(settings):
        _check_resume(settings, files)
    attempt = _count(old.get("attempt"), 1) + (1 if old and not joins and _leads(settings) else 0)
    meta = make_meta(settings, files, old)
    if attempt > 1:
        meta["attempt"] = attempt
    return Start(
        files=files,
        events=_events_path(settings, files, old),
        meta=meta,
        is_owner=_leads(settings) and not joins,
        attempt=attempt,
        step=0 if is_new else last_step(files),
        summary={} if is_new else find_object(files.summary),
    )


def make_meta(settings: Settings, files: RunFiles, old: dict[str, Any]) -> dict[str, Any]:
    """Return the content of meta.json; of an earlier attempt's only the time of creation is kept."""
    created = old.get("created_at")
    system, release, machine = _system()
    return {
        "id": files.run_id,
        "project": settings.project,
        "name": settings.experiment,
        "created_at": created if isinstance(created, float | int) else time.time(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "platform": f"{system} {release} ({machine})",
        "hostname": hostname(),
        "pid": os.getpid(),
        "storage_dir": str(settings.root),
        "process": identity(),
        "runicorn": __version__,
    }


def last_step(files: RunFiles) -> int:
    """Return the step logged last by the writers of a run, the largest of theirs; 0 when there is none."""
    from runicorn.storage.runs import event_files  # reading is another matter, and a new run has nothing to read

    return max((_last_step_of(path) for path in event_files(files)), default=0)


def _last_step_of(path: Path) -> int:
    try:
        for number, line in enumerate(iter_lines_backwards(path)):
            step = _step_of(line)
            if step is not None or number > _MAX_LINES_LOOKED_AT:
                return step or 0
    except OSError:
        pass
    return 0


def _step_of(line: bytes) -> int | None:
    try:
        event = parse_json(line)
    except Damaged:
        return None
    if not isinstance(event, dict) or event.get("type") != "metrics" or not isinstance(event.get("data"), dict):
        return None
    step = event["data"].get("global_step", event["data"].get("step"))
    return step if isinstance(step, int) else None


def _make_folder(settings: Settings) -> tuple[RunFiles, bool]:
    """Return the run's files and whether its folder is new. An id made here is never one that exists."""
    if settings.run_id is not None:
        files = _files(settings, settings.run_id)
        is_new = not files.path.exists()
        if is_new and settings.resume == "must":
            raise RunNotFound(settings.run_id, _not_there(settings, files))
        files.media.mkdir(parents=True, exist_ok=True)
        return files, is_new
    while True:
        files = _files(settings, new_run_id())
        files.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            files.path.mkdir()
        except FileExistsError:
            continue
        files.media.mkdir()
        return files, True


def _not_there(settings: Settings, files: RunFiles) -> str:
    from glob import escape

    text = f"Run {files.run_id} cannot be resumed: {files.path} is not there."
    for found in settings.root.glob(f"*/*/{RUNS}/{escape(files.run_id)}"):
        text += f" It is in project={found.parts[-4]!r}, name={found.parts[-3]!r}."
    return text


def _check_resume(settings: Settings, files: RunFiles) -> None:
    if settings.resume == "never":
        raise Conflict(f"Run {files.run_id} exists already below {files.path.parent}, and resume is 'never'.")
    if files.deleted.exists():
        raise Conflict(f"Run {files.run_id} is in the recycle bin. Restore it, or choose another run_id.")


def _joins(old: dict[str, Any]) -> bool:
    """Whether the run's own process is alive and another one than this."""
    return bool(old) and old.get("pid") != os.getpid() and liveness(old) == "alive"


def _leads(settings: Settings) -> bool:
    """Whether this process is the one a run belongs to. Ranks that share no run id have a run of their own each."""
    return settings.rank in (None, 0) or settings.run_id is None


def _events_path(settings: Settings, files: RunFiles, old: dict[str, Any]) -> Path:
    """`events.jsonl`, or a segment of its own for a further rank and for a run that another host began."""
    is_elsewhere = old.get("hostname") not in (None, "", hostname())
    if _leads(settings) and not is_elsewhere:
        return files.events
    return segment_path(files.path, hostname(), os.getpid())


def _files(settings: Settings, run_id: str) -> RunFiles:
    return run_files(settings.root, settings.project, settings.experiment, run_id)


def _system() -> tuple[str, str, str]:
    if hasattr(os, "uname"):
        details = os.uname()
        return details.sysname, details.release, details.machine
    import platform

    return platform.system(), platform.release(), platform.machine()


def _count(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default
