"""Artifact versions that come with an archive of runs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runicorn.errors import Conflict, InvalidInput
from runicorn.storage import blobs
from runicorn.storage.artifacts import contents, versions
from runicorn.storage.artifacts.index import locked
from runicorn.storage.artifacts.manifests import read_manifest
from runicorn.storage.artifacts.metadata import parse_metadata
from runicorn.storage.artifacts.paths import (
    VersionFolder,
    artifact_folder,
    check_artifact_name,
    check_artifact_type,
    find_artifact,
    iter_artifacts,
)
from runicorn.storage.documents import find_object, write_json
from runicorn.storage.folders import check_below

_DOCUMENTS = frozenset({"metadata.json", "manifest.json", "lifecycle.json", ".deleted"})


def belongs(parts: Sequence[str]) -> bool:
    """Tell whether the path `artifacts/<type>/<name>/v<k>/...` is one of a version. Pool and index are made anew."""
    if len(parts) < 5 or any(part.startswith(".") for part in parts[1:3]) or not parts[3].startswith("v"):
        return False
    return parts[4] == "files" if len(parts) > 5 else parts[4] in _DOCUMENTS


def find_versions(root: Path, keys: Iterable[tuple[str, str, int]]) -> Iterator[VersionFolder]:
    """Yield those of the versions (type, name, number) that are on disk."""
    for type, name, number in keys:
        folder = find_artifact(root, name, type)
        if folder is not None and number in folder.version_numbers():
            yield folder.version(number)


def check_versions(root: Path, staging: Path) -> list[str]:
    """Return the full names of the staged versions that are not in `root` yet, their contents verified.

    A version of the same number and the same contents is there already and passed over; other contents raise
    Conflict, damaged ones InvalidInput.
    """
    new = []
    for staged in _staged(staging):
        if damaged := contents.find_damage(staged):
            raise InvalidInput(f"The archive has a damaged file: {damaged[0]!r} of {staged.full_name}.")
        if not _is_there(root, staged):
            new.append(staged.full_name)
    return new


def publish_versions(root: Path, staging: Path) -> list[VersionFolder]:
    """Rename the staged versions into place and return them; all of them, or none when one fails."""
    published: list[VersionFolder] = []
    try:
        for staged in _staged(staging):
            if not _is_there(root, staged):
                published.append(_publish(root, staged))
    except BaseException:
        withdraw_versions(root, staging, published)
        raise
    return published


def withdraw_versions(root: Path, staging: Path, published: Iterable[VersionFolder]) -> None:
    """Move published versions back to where they were staged."""
    for version in published:
        with locked(version.artifact):
            os.rename(version.path, staging / version.path.relative_to(root))
            versions.refresh(version.artifact)


def _publish(root: Path, staged: VersionFolder) -> VersionFolder:
    """Share the contents of a staged version with the pool, rename it into place and enter it in the index."""
    folder = artifact_folder(root, staged.artifact.type, staged.artifact.name)
    check_below(root, folder.path).mkdir(parents=True, exist_ok=True)
    version = folder.version(staged.number)
    with locked(folder):
        _clean_metadata(staged)
        for entry in read_manifest(staged.manifest).files:
            blobs.share(root, staged.files / entry.path, entry.sha256)
        os.rename(staged.path, version.path)
        versions.refresh(folder)
    return version


def _staged(staging: Path) -> Iterator[VersionFolder]:
    for folder in iter_artifacts(staging):
        check_artifact_type(folder.type)
        check_artifact_name(folder.name)
        for number in folder.version_numbers():
            yield folder.version(number)


def _is_there(root: Path, staged: VersionFolder) -> bool:
    for found in find_versions(root, [(staged.artifact.type, staged.artifact.name, staged.number)]):
        if read_manifest(found.manifest).files != read_manifest(staged.manifest).files:
            raise Conflict(f"{staged.full_name} exists already with other contents; nothing was imported.")
        return True
    return False


def _clean_metadata(staged: VersionFolder) -> None:
    """Aliases belong to the store a version came from; only what the index says here counts."""
    said = parse_metadata(staged, find_object(staged.metadata))
    write_json(staged.metadata, {**said.to_json(), "aliases": [], "status": "ready"})
