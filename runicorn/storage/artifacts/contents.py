"""Bringing files into a version, and handing them out again only when they still are what they were."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

from runicorn.errors import ArtifactDamaged, ArtifactNotFound, InvalidInput
from runicorn.storage import blobs
from runicorn.storage.artifacts.manifests import FileEntry, read_manifest
from runicorn.storage.artifacts.paths import ArtifactFolder, VersionFolder
from runicorn.storage.folders import remove_folder
from runicorn.storage.names import check_relative_path, resolve_below

WORKERS = 2
SMALL_BYTES = 1024 * 1024
HASH_FIRST_BYTES = 16 * 1024 * 1024
"""A file is hashed before it is copied when it is small, or so large that a needless copy would hurt and the pool has
content of its size."""

STAGING = ".staging-"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file to be stored: where it lies now, and its path in the artifact."""

    source: Path
    path: str


def check_paths(files: Iterable[StagedFile]) -> list[StagedFile]:
    """Return `files` with paths in their stored form. Raises InvalidName, or InvalidInput for two that clash."""
    checked = [StagedFile(file.source, check_relative_path("artifact path", file.path)) for file in files]
    paths = {file.path for file in checked}
    if len(paths) < len(checked):
        raise InvalidInput("Two files of the artifact have the same path.")
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    if clash := next(iter(paths & folders), None):
        raise InvalidInput(f"The artifact path {clash!r} is both a file and a folder.")
    return checked


def stage(
    folder: ArtifactFolder, files: list[StagedFile], progress: blobs.Progress | None = None
) -> tuple[Path, list[FileEntry]]:
    """Copy `files` into a new folder beside the versions of an artifact. Returns it and what its manifest should say.

    Contents that the pool has already are linked. A failure removes the folder and is raised.
    """
    staging = folder.path / f"{STAGING}{secrets.token_hex(8)}"
    (staging / "files").mkdir(parents=True)
    try:
        return staging, _bring(folder.root, staging / "files", files, progress)
    except BaseException:
        drop_staging(staging)
        raise


def drop_staging(staging: Path) -> None:
    """Remove a staging folder."""
    remove_folder(ArtifactFolder(staging.parent).root, staging)


def find_file(version: VersionFolder, path: str) -> tuple[Path, FileEntry]:
    """Return the stored file `path` of a version and its entry, not yet verified.

    Raises ArtifactNotFound when the manifest does not name it or it is not there as a plain file.
    """
    entry = read_manifest(version.manifest).find(path)
    if entry is None:
        raise ArtifactNotFound(f"File not found: {path} in {version.full_name}")
    return _locate(version, path), entry


def get_file(version: VersionFolder, path: str) -> Path:
    """Return the stored file `path` once its bytes have been seen to match the manifest.

    A file that has not changed since is not read again. Raises ArtifactNotFound or ArtifactDamaged.
    """
    stored, entry = find_file(version, path)
    if not blobs.is_intact(stored, entry.sha256):
        raise ArtifactDamaged(version.full_name, path)
    return stored


def download(version: VersionFolder, target: Path, progress: blobs.Progress | None = None) -> Path:
    """Copy all files of a version below the folder `target`, each verified while it is copied. Returns `target`.

    A file that is there already is replaced. Raises ArtifactDamaged, and the damaged file is not written.
    """
    copy = partial(_copy_out, version, target, progress=progress)
    _in_parallel(copy, list(read_manifest(version.manifest).files))
    return target


def find_damage(version: VersionFolder) -> list[str]:
    """Return the paths of a version that are missing or whose bytes do not match the manifest."""
    damaged = []
    for entry in read_manifest(version.manifest).files:
        try:
            if blobs.hash_file(_locate(version, entry.path)) != entry.sha256:
                damaged.append(entry.path)
        except (ArtifactNotFound, OSError):
            damaged.append(entry.path)
    return damaged


def _bring(root: Path, target: Path, files: list[StagedFile], progress: blobs.Progress | None) -> list[FileEntry]:
    large = any(os.stat(file.source).st_size >= HASH_FIRST_BYTES for file in files)
    sizes = blobs.blob_sizes(root) if large else frozenset[int]()
    for folder in {(target / file.path).parent for file in files}:
        folder.mkdir(parents=True, exist_ok=True)
    return _in_parallel(lambda file: _bring_file(root, target / file.path, file, sizes, progress), files)


def _bring_file(
    root: Path, target: Path, file: StagedFile, sizes: Collection[int], progress: blobs.Progress | None
) -> FileEntry:
    source = file.source.resolve()
    details = os.stat(source)
    if details.st_size <= SMALL_BYTES or (details.st_size >= HASH_FIRST_BYTES and details.st_size in sizes):
        sha256 = blobs.hash_file(source, progress)
        if blobs.link_blob(root, sha256, target):
            return FileEntry(file.path, details.st_size, f"sha256:{sha256}", details.st_mtime)
        progress = None
    sha256 = blobs.copy_file(source, target, progress)
    os.utime(target, ns=(details.st_atime_ns, details.st_mtime_ns))
    blobs.share(root, target, sha256)
    return FileEntry(file.path, os.stat(target).st_size, f"sha256:{sha256}", details.st_mtime)


def _copy_out(version: VersionFolder, target: Path, entry: FileEntry, *, progress: blobs.Progress | None) -> None:
    stored = _locate(version, entry.path)
    copy = target / check_relative_path("artifact path", entry.path)
    copy.parent.mkdir(parents=True, exist_ok=True)
    temporary = copy.with_name(f".{secrets.token_hex(8)}.tmp")
    if blobs.copy_file(stored, temporary, progress, sync=False) != entry.sha256:
        temporary.unlink()
        raise ArtifactDamaged(version.full_name, entry.path)
    os.replace(temporary, copy)


def _locate(version: VersionFolder, path: str) -> Path:
    stored = resolve_below(version.files, path)
    if stored is None:
        raise ArtifactNotFound(f"File not found: {path} in {version.full_name}")
    return stored


def _in_parallel(work: Callable[[T], R], items: list[T]) -> list[R]:
    """The first failure is raised, once the items at work are done; the rest is not begun."""
    if len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(WORKERS, "runicorn-artifact") as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
