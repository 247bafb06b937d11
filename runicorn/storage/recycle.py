"""The recycle bin: a `.deleted` marker hides a run, taking it away brings the run back, emptying frees the disk.

Source: docs/disk-format.md, section 2.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from runicorn.errors import Conflict, RunicornError, RunNotFound, StorageError
from runicorn.storage.documents import find_object, write_json
from runicorn.storage.folders import removable_bytes, remove_folder, sweep_trash
from runicorn.storage.layout import RunFiles
from runicorn.storage.liveness import liveness
from runicorn.storage.runs import iter_run_folders

USER_DELETED = "user_deleted"


@dataclass(frozen=True, slots=True)
class Removal:
    """What a permanent deletion did: ids that are gone, why each of the others was kept, and the bytes freed."""

    deleted: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    freed_bytes: int = 0


def is_deleted(run: RunFiles) -> bool:
    """Tell whether the run is in the recycle bin."""
    return run.deleted.is_file()


def is_live(run: RunFiles) -> bool:
    """Tell whether the run says it is running and its process is alive on this machine."""
    return find_object(run.status).get("status") == "running" and liveness(find_object(run.meta)) == "alive"


def soft_delete(run: RunFiles, reason: str = USER_DELETED) -> None:
    """Move a run to the recycle bin; a live run goes on unharmed. Raises Conflict for one that is there already."""
    if is_deleted(run):
        raise Conflict("already deleted")
    status = find_object(run.status).get("status")
    original = status if isinstance(status, str) and status else "finished"
    write_json(run.deleted, {"deleted_at": time.time(), "reason": reason, "original_status": original})


def restore(run: RunFiles) -> None:
    """Take a run out of the recycle bin. Raises Conflict for one that is not in it."""
    try:
        run.deleted.unlink()
    except FileNotFoundError as error:
        raise Conflict("run not deleted") from error


def delete_permanently(root: Path, run: RunFiles) -> int:
    """Remove the folder of a run, in the recycle bin or not, and return the bytes that frees.

    Raises Conflict for a live run, RunNotFound for one that is gone, InvalidInput for one outside of `root`, and
    StorageError when the disk refuses.
    """
    if not run.path.is_symlink() and not run.path.is_dir():
        raise RunNotFound(run.run_id)
    if is_live(run):
        raise Conflict("the run is still running")
    try:
        return remove_folder(root, run.path)
    except OSError as error:
        raise StorageError(f"The run could not be removed: {error.strerror}") from error


def preview_bytes(runs: Iterable[RunFiles]) -> int:
    """Return how many bytes removing all `runs` would free; files they share with others are left out."""
    return removable_bytes(run.path for run in runs)


def soft_delete_runs(root: Path, run_ids: Iterable[str], reason: str = USER_DELETED) -> dict[str, str | None]:
    """Move runs to the recycle bin. Maps every id to None, or to why it stayed."""
    return _for_each(root, run_ids, lambda run: soft_delete(run, reason), prefer_deleted=False)


def restore_runs(root: Path, run_ids: Iterable[str]) -> dict[str, str | None]:
    """Take runs out of the recycle bin. Maps every id to None, or to why it stayed."""
    return _for_each(root, run_ids, restore, prefer_deleted=True)


def find_runs(root: Path, run_ids: Iterable[str], *, prefer_deleted: bool = False) -> dict[str, RunFiles]:
    """Return the folders of those `run_ids` that are on disk.

    Where two runs share an id the first one is meant, among those in the recycle bin if `prefer_deleted`, else
    among those outside of it.
    """
    wanted = set(run_ids)
    found: dict[str, RunFiles] = {}
    for run in iter_run_folders(root):
        if run.run_id in wanted and (run.run_id not in found or _is_better(run, found[run.run_id], prefer_deleted)):
            found[run.run_id] = run
    return found


def list_deleted(root: Path) -> list[RunFiles]:
    """Return every run in the recycle bin, in the order of `iter_run_folders`."""
    return [run for run in iter_run_folders(root) if is_deleted(run)]


def delete_runs(root: Path, runs: Iterable[RunFiles]) -> Removal:
    """Remove `runs` for good, one after the other; one that cannot go does not keep the others."""
    deleted: list[str] = []
    kept: dict[str, str] = {}
    freed = 0
    for run in runs:
        try:
            freed += delete_permanently(root, run)
        except RunicornError as error:
            kept[run.run_id] = str(error)
        else:
            deleted.append(run.run_id)
    return Removal(deleted, kept, freed)


def empty_bin(root: Path) -> Removal:
    """Remove every run in the recycle bin for good, but live ones, and leftovers of removals cut short."""
    removal = delete_runs(root, list_deleted(root))
    sweep_trash(root)
    return removal


def _for_each(
    root: Path, run_ids: Iterable[str], change: Callable[[RunFiles], None], *, prefer_deleted: bool
) -> dict[str, str | None]:
    run_ids = list(dict.fromkeys(run_ids))
    found = find_runs(root, run_ids, prefer_deleted=prefer_deleted)
    return {run_id: _attempt(change, found.get(run_id)) for run_id in run_ids}


def _attempt(change: Callable[[RunFiles], None], run: RunFiles | None) -> str | None:
    if run is None:
        return "run not found"
    try:
        change(run)
    except Conflict as error:
        return str(error)
    except OSError as error:
        return f"the disk refused: {error.strerror}"
    return None


def _is_better(run: RunFiles, other: RunFiles, prefer_deleted: bool) -> bool:
    return is_deleted(run) == prefer_deleted and is_deleted(other) != prefer_deleted
