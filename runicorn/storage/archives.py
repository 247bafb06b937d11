"""Archives of runs: written for another machine, and taken in whole or not at all.

Member names are relative to the storage root: `project/name/runs/id/...`, `artifacts/type/name/v1/...`.
"""

from __future__ import annotations

import gzip
import os
import secrets
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from runicorn.errors import Conflict, InvalidInput, TooLarge
from runicorn.storage.archive_members import Limits, Member, iter_members
from runicorn.storage.artifacts import transfer
from runicorn.storage.artifacts.records import read_created, read_used
from runicorn.storage.documents import sync_folder
from runicorn.storage.folders import check_below, iter_entries, remove_folder
from runicorn.storage.layout import ARTIFACTS, RUNS, STAGING, RunFiles, is_project_folder
from runicorn.storage.runs import iter_run_folders

Add = Callable[[Path, str], object]
"""Adds a file to an archive under a name."""

FREE_DISK_BYTES = 256 * 1024 * 1024
"""An import stops before the disk has less left."""

_CHECK_DISK_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought. `ignored_files` are members that belong to neither a run nor an artifact."""

    imported_files: int = 0
    new_run_dirs: list[Path] = field(default_factory=list)
    new_run_ids: list[str] = field(default_factory=list)
    new_versions: list[str] = field(default_factory=list)
    ignored_files: int = 0


def write_archive(
    root: Path,
    runs: Sequence[RunFiles],
    path: Path,
    *,
    include_artifacts: bool = False,
    progress: Callable[[RunFiles], object] | None = None,
) -> int:
    """Write `runs` to `path`, a .zip or else a .tar.gz, and return the number of files. An existing file is replaced.

    `include_artifacts` adds the versions these runs made or took. Links and lock files are left out.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    count = 0
    try:
        with _zip_writer(temporary) if path.suffix == ".zip" else _tar_writer(temporary) as add:
            for run in runs:
                for file in _files_below(run.path):
                    add(file, file.relative_to(root).as_posix())
                    count += 1
                if progress:
                    progress(run)
            for file in _artifact_files(root, runs) if include_artifacts else ():
                add(file, file.relative_to(root).as_posix())
                count += 1
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def import_archive(root: Path, path: Path, *, dry_run: bool = False) -> Imported:
    """Bring the runs and artifact versions of the archive at `path` into `root`; see `import_stream`."""
    with path.open("rb") as file:
        return import_stream(root, file, dry_run=dry_run)


def import_stream(root: Path, file: IO[bytes], *, dry_run: bool = False, limits: Limits | None = None) -> Imported:
    """Bring the runs and artifact versions of an archive into `root`, all of them or none.

    Everything is unpacked and checked beside the root's own folders first, then renamed into place. Raises Conflict
    when a run is there already, InvalidInput for an archive that is damaged or names places it must not, TooLarge over
    a limit. `dry_run` unpacks, checks and removes it again.
    """
    staging = check_below(root, root / STAGING / f"import-{secrets.token_hex(8)}")
    try:
        staging.mkdir(parents=True)
    except OSError as error:
        raise Conflict(f"The storage root cannot be written: {error.strerror}.") from error
    try:
        files, ignored = _unpack(file, staging, limits)
        runs = [_target(root, staging, run) for run in iter_run_folders(staging)]
        _check_new(root, runs)
        versions = transfer.check_versions(root, staging)
        if not dry_run:
            _publish(root, staging, runs)
        return Imported(files, [run.path for run in runs], [run.run_id for run in runs], versions, ignored)
    finally:
        remove_folder(root, staging)


def _unpack(file: IO[bytes], staging: Path, limits: Limits | None) -> tuple[int, int]:
    """Return how many files were written, and how many belong nowhere."""
    files = ignored = 0
    for member in iter_members(file, limits):
        if _belongs(member.path):
            _write(member, staging / member.path)
            files += 1
        else:
            for _ in member.iter_chunks():
                pass
            ignored += 1
    return files, ignored


def _belongs(path: str) -> bool:
    """Tell whether a member is part of a run or of an artifact version."""
    parts = path.split("/")
    if parts[0] == ARTIFACTS:
        return transfer.belongs(parts)
    if parts[0] == RUNS:
        return len(parts) > 2
    return len(parts) > 4 and parts[2] == RUNS and is_project_folder(parts[0])


def _write(member: Member, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    written = 0
    with open(os.open(target, flags, 0o666), "wb") as file:
        for chunk in member.iter_chunks():
            if written // _CHECK_DISK_BYTES != (written + len(chunk)) // _CHECK_DISK_BYTES:
                _check_disk(target.parent)
            file.write(chunk)
            written += len(chunk)


def _check_disk(folder: Path) -> None:
    if shutil.disk_usage(folder).free < FREE_DISK_BYTES:
        raise TooLarge("The archive does not fit on the disk.")


def _target(root: Path, staging: Path, staged: RunFiles) -> RunFiles:
    path = root / staged.path.relative_to(staging)
    return RunFiles(os.fspath(check_below(root, path)), staged.project_folder, staged.name_folder)


def _check_new(root: Path, runs: list[RunFiles]) -> None:
    """Run ids name runs wherever they lie, in upper and lower case alike."""
    there = {run.run_id.casefold() for run in iter_run_folders(root)}
    brought: set[str] = set()
    for run in runs:
        key = run.run_id.casefold()
        if key in there or os.path.lexists(run.path):
            raise Conflict(f"Run {run.run_id} exists already; nothing was imported.")
        if key in brought:
            raise InvalidInput(f"The archive has two runs of one id: {run.run_id}.")
        brought.add(key)


def _publish(root: Path, staging: Path, runs: list[RunFiles]) -> None:
    """Rename everything into place; what was renamed already goes back when a later step fails."""
    versions = transfer.publish_versions(root, staging)
    published: list[Path] = []
    try:
        for run in runs:
            run.path.parent.mkdir(parents=True, exist_ok=True)
            os.rename(staging / run.path.relative_to(root), run.path)
            published.append(run.path)
            sync_folder(run.path.parent)
    except BaseException:
        for path in published:
            os.rename(path, staging / path.relative_to(root))
        transfer.withdraw_versions(root, staging, versions)
        raise


def _files_below(folder: Path) -> Iterator[Path]:
    for entry in iter_entries(folder):
        if entry.is_file(follow_symlinks=False) and not entry.name.endswith((".lock", ".tmp")):
            yield Path(entry.path)


def _artifact_files(root: Path, runs: Iterable[RunFiles]) -> Iterator[Path]:
    records = {(r.type, r.name, r.version) for run in runs for r in (*read_created(run), *read_used(run))}
    for version in transfer.find_versions(root, sorted(records)):
        yield from _files_below(version.path)


@contextmanager
def _tar_writer(path: Path) -> Iterator[Add]:
    """A .tar.gz being written. A file is added as long as it is at that moment: a run may go on growing."""
    with gzip.open(path, "wb", compresslevel=6) as packed, tarfile.open(fileobj=packed, mode="w") as tar:

        def add(file: Path, name: str) -> None:
            with file.open("rb") as content:
                details = os.fstat(content.fileno())
                info = tarfile.TarInfo(name)
                info.size, info.mtime, info.mode = details.st_size, int(details.st_mtime), 0o644
                tar.addfile(info, content)

        yield add


@contextmanager
def _zip_writer(path: Path) -> Iterator[Add]:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        yield archive.write
