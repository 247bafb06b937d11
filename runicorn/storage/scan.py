"""Finding the run folders of a root again and again: a folder that did not change is not listed again."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runicorn.storage import layout
from runicorn.storage.layout import RunFiles

_RACE_NS = 2_000_000_000
"""A folder that changed so shortly before it was listed may change again within the same tick of its clock."""


Mark = tuple[int, int, int]
"""Inode, and times in ns of the last change as the folder has it and as the system does, which nobody can set."""

Listing = tuple[str, Mark, list[str]]
"""A folder, its mark and the names of its subfolders then."""


@dataclass(slots=True)
class _Listed:
    """Subfolders of a folder as of its mark; `runs` are made of them where it holds run folders."""

    mark: Mark
    certain: bool
    names: list[str]
    runs: list[RunFiles] | None = None


class FolderScan:
    """Looks for run folders, from the second time on for one `stat` per folder above them. What one has `listed`,
    another can start with."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._listed: dict[str, _Listed] = {}

    def runs(self) -> list[RunFiles]:
        """Return every run folder; see `storage.runs.iter_run_folders`."""
        old, self._listed = self._listed, {}
        return list(self._iter_runs(old))

    def listed(self) -> Iterator[Listing]:
        """Yield what is known for certain."""
        for folder, listed in self._listed.items():
            if listed.certain:
                yield folder, listed.mark, listed.names

    def start_with(self, listings: Iterable[Listing]) -> None:
        """Take over what an earlier scan of the same root has listed."""
        self._listed = {folder: _Listed((mark[0], mark[1], mark[2]), True, names) for folder, mark, names in listings}

    def _iter_runs(self, old: dict[str, _Listed]) -> Iterator[RunFiles]:
        root = os.fspath(self._root)
        for project in self._list(old, root).names:
            if layout.is_project_folder(project):
                for name in self._list(old, f"{root}{os.sep}{project}").names:
                    folder = f"{root}{os.sep}{project}{os.sep}{name}{os.sep}{layout.RUNS}"
                    yield from self._runs_in(old, folder, project, name)
        yield from self._runs_in(old, f"{root}{os.sep}{layout.RUNS}", None, None)

    def _runs_in(self, old: dict[str, _Listed], folder: str, project: str | None, name: str | None) -> list[RunFiles]:
        listed = self._list(old, folder)
        if listed.runs is None:
            listed.runs = [RunFiles(f"{folder}{os.sep}{run_id}", project, name) for run_id in listed.names]
        return listed.runs

    def _list(self, old: dict[str, _Listed], folder: str) -> _Listed:
        """The subfolders of `folder`, none when it is missing, a link or cannot be entered."""
        try:
            details = os.lstat(folder)
        except OSError:
            return _Listed((0, 0, 0), False, [])
        if not stat.S_ISDIR(details.st_mode) and folder != os.fspath(self._root):
            return _Listed((0, 0, 0), False, [])
        mark = (details.st_ino, details.st_mtime_ns, details.st_ctime_ns)
        known = old.get(folder)
        if known is None or not known.certain or known.mark != mark:
            certain = time.time_ns() - max(mark[1:]) > _RACE_NS
            known = _Listed(mark, certain, _subfolders(folder))
        self._listed[folder] = known
        return known


def _subfolders(folder: str) -> list[str]:
    """Names of the folders in `folder`, links left out, by lower-cased name; none if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(names, key=lambda name: (name.lower(), name))
