"""The source code of a run, kept as an artifact of type code in the content pool."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from runicorn.sdk.git import list_tracked

if TYPE_CHECKING:
    from runicorn.sdk.run import Run

EXTENSIONS = frozenset({".py", ".ipynb", ".sh", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".md", ".txt"})
MAX_FILES = 5000
MAX_FILE_BYTES = 1024 * 1024

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})


def log_code(run: Run, folder: Path) -> int:
    """Store the source files below `folder` as a version of `<project>-code`; returns its number, 0 without files."""
    from runicorn.sdk.artifact import Artifact, ArtifactType

    files = list_source_files(folder)
    if not files:
        return 0
    artifact = Artifact(f"{run.project}-code", ArtifactType.CODE, description=f"Source code of run {run.id}")
    for name in files:
        artifact.add_file(folder / name, name)
    return run.log_artifact(artifact)


def list_source_files(folder: Path, extensions: frozenset[str] = EXTENSIONS) -> list[str]:
    """Return the source files below `folder`, sorted, relative and with `/`: what git tracks, else what is there.

    Links, files over 1 MB, hidden folders, virtual environments and builds are left out; 5000 files are enough.
    """
    names = list_tracked(folder)
    found = [name for name in (names if names is not None else _walk(folder)) if _is_source(folder / name, extensions)]
    return sorted(found)[:MAX_FILES]


def _is_source(path: Path, extensions: frozenset[str]) -> bool:
    return (
        path.suffix in extensions and path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_FILE_BYTES
    )


def _walk(folder: Path) -> list[str]:
    found: list[str] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _SKIPPED and not Path(parent, name, "pyvenv.cfg").exists()
        )
        found += [Path(parent, name).relative_to(folder).as_posix() for name in files]
        if len(found) > MAX_FILES:
            break
    return found
