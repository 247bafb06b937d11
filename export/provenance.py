"""What an export was made of, so that its figures can be checked against the files later."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runicorn._version import __version__
from runicorn.storage.blobs import hash_file
from runicorn.storage.folders import iter_entries

if TYPE_CHECKING:
    from runicorn.query import RunRecord

FORMAT = 1
PASSING = (".lock", ".tmp")
"""Endings of files that are no part of a run."""


def describe(runs: Iterable[RunRecord]) -> dict[str, Any]:
    """Return the tool and its version, the time, and of every run its id and the SHA-256 of each of its files."""
    return {
        "tool": "runicorn",
        "version": __version__,
        "format": FORMAT,
        "created_at": time.time(),
        "runs": [describe_run(run) for run in runs],
    }


def describe_run(run: RunRecord) -> dict[str, Any]:
    """Return a run's id, names and files: their path in the run folder, size in bytes and SHA-256.

    A file that cannot be read has an "error" instead of the last two.
    """
    return {
        "run_id": run.id,
        "project": run.project,
        "name": run.name,
        "files": [_describe_file(run.run_dir, path) for path in sorted(_plain_files(run.run_dir))],
    }


def _describe_file(folder: Path, path: Path) -> dict[str, Any]:
    facts: dict[str, Any] = {"path": path.relative_to(folder).as_posix()}
    try:
        return {**facts, "size": path.stat().st_size, "sha256": hash_file(path)}
    except OSError as error:
        return {**facts, "error": error.strerror}


def _plain_files(folder: Path) -> Iterator[Path]:
    for entry in iter_entries(folder):
        if entry.is_file(follow_symlinks=False) and not entry.name.endswith(PASSING):
            yield Path(entry.path)
