"""Labels over many runs: find, tag, archive, pin, delete and clean up.

What it knows comes from the run folders, `labels.json` in them, and `.experiments_metadata.json`, which it writes as
the published package does.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from runicorn.config import resolve_root
from runicorn.sdk.complaints import get_logger
from runicorn.storage.labels import check_tags, parse_labels, read_shared, write_labels, write_shared_entry
from runicorn.storage.layout import RunFiles
from runicorn.storage.liveness import liveness
from runicorn.storage.runs import StoredRun, iter_run_folders, read_run
from runicorn.storage.status import RUNNING


@dataclass(frozen=True, slots=True)
class ExperimentMetadata:
    """What people say about one run. Times are Unix seconds."""

    id: str
    project: str
    name: str
    tags: list[str]
    description: str | None
    created_at: float
    updated_at: float
    archived: bool = False
    pinned: bool = False


class ExperimentManager:
    """Works on the runs below the storage root `root` (by default the configured one)."""

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        self.root = resolve_root(root)

    def add_experiment(
        self,
        run_id: str,
        project: str,
        name: str,
        tags: Iterable[str] | None = None,
        description: str | None = None,
    ) -> ExperimentMetadata:
        """Register a run, with its folder or before it has one, and return what is known of it."""
        now = time.time()
        entry = {"id": run_id, "project": project, "name": name, "created_at": now, "updated_at": now}
        labels = {"tags": list(check_tags(tags or ())), "description": description}
        write_shared_entry(self.root, run_id, {"archived": False, "pinned": False, **entry, **labels})
        if (run := self._find(run_id)) is not None:
            write_labels(self.root, run, tags=tags or (), notes=description)
        return self._get(run_id)

    def tag_experiment(self, run_id: str, tags: Iterable[str], append: bool = True) -> bool:
        """Add `tags` to a run's, or put them in their place; returns whether the run is known."""
        try:
            known = self._get(run_id)
        except KeyError:
            return False
        return self._change(run_id, tags=[*(known.tags if append else ()), *check_tags(tags)])

    def archive_experiment(self, run_id: str, archived: bool = True) -> bool:
        """Archive a run, or take it back; returns whether the run is known."""
        return self._change(run_id, archived=archived)

    def pin_experiment(self, run_id: str, pinned: bool = True) -> bool:
        """Pin a run, or let it go; returns whether the run is known."""
        return self._change(run_id, pinned=pinned)

    def search_experiments(
        self,
        project: str | None = None,
        tags: Iterable[str] | None = None,
        text: str | None = None,
        archived: bool = False,
        pinned: bool | None = None,
    ) -> list[ExperimentMetadata]:
        """Return the runs that fit all that is asked for, newest first.

        `tags`: any of them; `text`: in the id, project, name, description or a tag, whatever the case; `archived`:
        archived runs too.
        """
        wanted = set(check_tags(tags)) if tags else set()
        needle = (text or "").casefold()
        found = [
            run
            for run in self._iter_known()
            if (project is None or run.project == project)
            and (not wanted or wanted.intersection(run.tags))
            and (needle in "\n".join([run.id, run.project, run.name, run.description or "", *run.tags]).casefold())
            and (archived or not run.archived)
            and (pinned is None or run.pinned == pinned)
        ]
        return sorted(found, key=lambda run: (run.created_at, run.id), reverse=True)

    def delete_experiments(self, run_ids: Iterable[str], force: bool = False) -> dict[str, bool]:
        """Remove runs and their files for good; says of each whether it is gone.

        A pinned run needs `force`; a run whose process is alive is never removed.
        """
        return {run_id: self._delete(run_id, force) for run_id in run_ids}

    def cleanup_old_experiments(self, days: float = 30, dry_run: bool = True) -> list[str]:
        """Return the ids of the runs older than `days` that are not pinned, removed unless `dry_run`."""
        limit = time.time() - days * 86400
        old = [run.id for run in self._iter_known() if run.created_at < limit and not run.pinned]
        return old if dry_run else [run_id for run_id, gone in self.delete_experiments(old).items() if gone]

    def get_experiment_stats(self) -> dict[str, Any]:
        """Return how many runs there are, by project and by tag, archived and pinned."""
        known = list(self._iter_known())
        return {
            "total": len(known),
            "archived": sum(run.archived for run in known),
            "pinned": sum(run.pinned for run in known),
            "projects": dict(Counter(run.project for run in known)),
            "tags": dict(Counter(tag for run in known for tag in run.tags)),
        }

    def _iter_known(self) -> Iterator[ExperimentMetadata]:
        shared = {key: entry for key, entry in read_shared(self.root).items() if isinstance(entry, dict)}
        for run in iter_run_folders(self.root):
            entry = shared.pop(run.run_id, {})
            try:
                stored = read_run(run)
            except FileNotFoundError:
                continue
            if stored.deleted is None:
                yield _describe(run.run_id, entry, stored)
        for run_id, entry in shared.items():
            yield _describe(run_id, entry, None)

    def _get(self, run_id: str) -> ExperimentMetadata:
        """Raises KeyError."""
        for known in self._iter_known():
            if known.id == run_id:
                return known
        raise KeyError(run_id)

    def _find(self, run_id: str) -> RunFiles | None:
        return next((run for run in iter_run_folders(self.root) if run.run_id == run_id), None)

    def _change(self, run_id: str, **changes: Any) -> bool:
        run = self._find(run_id)
        if run is not None:
            write_labels(self.root, run, **changes)
        if run_id in read_shared(self.root):
            write_shared_entry(self.root, run_id, {**changes, "updated_at": time.time()})
            return True
        return run is not None

    def _delete(self, run_id: str, force: bool) -> bool:
        try:
            known = self._get(run_id)
        except KeyError:
            return False
        run = self._find(run_id)
        if (known.pinned and not force) or (run is not None and _is_alive(run)):
            return False
        try:
            if run is not None:
                shutil.rmtree(run.path)
            write_shared_entry(self.root, run_id, None)
        except OSError as error:
            get_logger().warning("Run %s was not removed: %s", run_id, error)
            return False
        return True


def _is_alive(run: RunFiles) -> bool:
    stored = read_run(run)
    return stored.status.get("status") == RUNNING and liveness(stored.meta) == "alive"


def _describe(run_id: str, entry: dict[str, Any], stored: StoredRun | None) -> ExperimentMetadata:
    meta = stored.meta if stored is not None else {}
    files = stored.files if stored is not None else RunFiles(run_id)
    labels = parse_labels(stored.labels if stored is not None else {}, entry)
    created = [value for value in (meta.get("created_at"), entry.get("created_at")) if isinstance(value, float | int)]
    created_at = float(created[0]) if created else (stored.folder_time if stored is not None else 0.0)
    updated = entry.get("updated_at")
    return ExperimentMetadata(
        id=run_id,
        project=_first_text(meta.get("project"), files.project_folder, entry.get("project")),
        name=_first_text(meta.get("name"), files.name_folder, entry.get("name")),
        tags=list(labels.tags),
        description=labels.notes,
        created_at=created_at,
        updated_at=float(updated) if isinstance(updated, float | int) else created_at,
        archived=labels.archived,
        pinned=labels.pinned,
    )


def _first_text(*values: Any) -> str:
    return next((value for value in values if isinstance(value, str) and value), "default")
