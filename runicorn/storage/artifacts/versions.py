"""Adding, hiding, bringing back and removing versions; naming them by aliases. Every change is made under the lock."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from runicorn.errors import AliasNotFound, Conflict, InvalidInput, StorageError
from runicorn.storage import blobs
from runicorn.storage.artifacts import contents
from runicorn.storage.artifacts.index import Index, is_entered, locked, read_index, with_aliases, write_index
from runicorn.storage.artifacts.lifecycle import separate_lifecycle
from runicorn.storage.artifacts.manifests import Manifest, ReferenceEntry, read_manifest, write_manifest
from runicorn.storage.artifacts.metadata import VersionMetadata, read_metadata, write_metadata
from runicorn.storage.artifacts.paths import (
    LATEST,
    ArtifactFolder,
    VersionFolder,
    artifact_folder,
    check_alias,
    check_artifact_name,
    check_artifact_type,
    find_link,
    iter_artifacts,
)
from runicorn.storage.documents import write_json
from runicorn.storage.folders import removable_bytes, remove_folder
from runicorn.storage.layout import STAGING


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a version is made of."""

    name: str
    type: str
    files: list[contents.StagedFile] = field(default_factory=list)
    references: list[ReferenceEntry] = field(default_factory=list)
    run_id: str | None = None
    user: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    description: str = ""
    tags: list[str] = field(default_factory=list)


def create_version(root: Path, new: NewVersion, progress: blobs.Progress | None = None) -> VersionFolder:
    """Store a new version whole, or not at all, and let `latest` name it.

    The files are copied, so later changes to them change nothing here. Raises InvalidInput for names no file system
    should hold or when there is nothing to store, Conflict when the artifact's folder is a link, and OSError when a
    file cannot be read or the disk refuses.
    """
    if not new.files and not new.references:
        raise InvalidInput("Artifact has no files or references to save")
    files = contents.check_paths(new.files)
    folder = artifact_folder(root, check_artifact_type(new.type), check_artifact_name(new.name))
    if link := find_link(folder):
        raise Conflict(f"{link.name} is a link in the storage root, and links are not followed.")
    folder.path.mkdir(parents=True, exist_ok=True)
    staging, entries = contents.stage(folder, files, progress)
    try:
        manifest = Manifest(tuple(entries), tuple(new.references), time.time())
        with locked(folder):
            return _commit(folder, staging, new, manifest)
    except BaseException:
        contents.drop_staging(staging)
        raise


def soft_delete(version: VersionFolder) -> None:
    """Mark a version as deleted; its files stay. Doing so again changes nothing."""
    marker = {"deleted_at": time.time(), "deleted_by": "user", "version": version.number}
    with changing(version):
        if not version.deleted.exists():
            write_json(version.deleted, {**marker, "artifact_name": version.artifact.name})


def restore(version: VersionFolder) -> None:
    """Take the mark of a deleted version away. Doing so again changes nothing."""
    with changing(version):
        version.deleted.unlink(missing_ok=True)


def delete_permanently(version: VersionFolder) -> int:
    """Remove a version and the contents nothing else needs, and return the bytes that frees.

    Aliases of it are dropped, `latest` moves to the highest version left, its number is not given out again.
    """
    folder = version.artifact
    digests = _digests(version)
    with changing(version):
        try:
            freed = remove_folder(folder.root, version.path)
        except OSError as error:
            raise StorageError(f"{version.full_name} could not be removed: {error.strerror}") from error
    return freed + _drop_unnamed(folder.root, digests)


def preview_bytes(version: VersionFolder) -> int:
    """Return how many bytes removing a version for good would free: contents that others share are left out."""
    root = version.artifact.root
    unnamed = _digests(version) - named_digests(root, but=version)
    return removable_bytes([version.path, *(blobs.blob_path(root, digest) for digest in unnamed)])


def set_alias(folder: ArtifactFolder, alias: str, number: int) -> Index:
    """Let `alias` name a version, and no other version of the artifact any more. Returns the new index."""
    alias = check_alias(alias)
    with locked(folder):
        index = read_index(folder)
        return _save(folder, {**index.aliases, alias: index.get(number).version})


def remove_alias(folder: ArtifactFolder, alias: str) -> Index:
    """Take an alias away. Raises AliasNotFound."""
    with locked(folder):
        aliases = read_index(folder).aliases
        if aliases.pop(check_alias(alias), None) is None:
            raise AliasNotFound(folder.name, alias, sorted(aliases))
        return _save(folder, aliases)


def collect_orphans(root: Path) -> list[Path]:
    """Return the blobs that no version needs: nothing is linked to them and no manifest names them."""
    return blobs.find_orphans(root, named_digests(root))


def find_leftovers(root: Path, *, older_than_s: float = 86400.0) -> list[Path]:
    """Return folders that writers and imports which were killed have left, none younger than `older_than_s`."""
    limit = time.time() - older_than_s
    staged = [path for folder in iter_artifacts(root) for path in folder.path.glob(f"{contents.STAGING}*")]
    found = [*staged, *(root / STAGING).glob("*")]
    return [path for path in found if path.stat(follow_symlinks=False).st_mtime < limit]


def refresh(folder: ArtifactFolder) -> Index:
    """Let the index say what is on disk. To be called under the artifact's lock."""
    return _save(folder, read_index(folder).aliases)


def named_digests(root: Path, *, but: VersionFolder | None = None) -> set[str]:
    """Return the SHA-256 of every content that a manifest names, that of the version `but` left out."""
    versions = (folder.version(number) for folder in iter_artifacts(root) for number in folder.version_numbers())
    return {digest for version in versions if version != but for digest in _digests(version)}


def _commit(folder: ArtifactFolder, staging: Path, new: NewVersion, manifest: Manifest) -> VersionFolder:
    """Give the staged contents a number. The folder appears whole; without its line in the index it goes again."""
    version = folder.version(read_index(folder).next_version)
    staged = VersionFolder(staging, version.number)
    digest = write_manifest(staged.manifest, manifest)
    write_json(staged.metadata, _describe(version, new, manifest, digest).to_json())
    os.rename(staging, version.path)
    try:
        refresh(folder)
    except BaseException:
        os.rename(version.path, staging)
        raise
    return version


def _describe(version: VersionFolder, new: NewVersion, manifest: Manifest, digest: str) -> VersionMetadata:
    now = time.time()
    return VersionMetadata(
        name=version.artifact.name,
        type=version.artifact.type,
        version=version.number,
        created_at=now,
        updated_at=now,
        created_by_run=new.run_id,
        created_by_user=new.user,
        size_bytes=manifest.total_size,
        num_files=manifest.total_files,
        num_references=manifest.total_references,
        metadata=new.metadata,
        description=new.description,
        tags=new.tags,
        aliases=[LATEST],
        manifest_digest=digest,
    )


@contextlib.contextmanager
def changing(version: VersionFolder) -> Iterator[None]:
    """Change the folder of a version under the lock, and let the index follow. Raises ArtifactNotFound.

    A version that is not in the index yet is entered first, so that its number stays taken when it goes.
    """
    folder = version.artifact
    with locked(folder):
        folder.get_version(version.number)
        if not is_entered(folder, version.number):
            refresh(folder)
        yield
        refresh(folder)


def _save(folder: ArtifactFolder, aliases: dict[str, int]) -> Index:
    """Write the index as the disk has it now, with `aliases`, and tell every version whose names changed."""
    index = with_aliases(read_index(folder), aliases)
    for entry in write_index(folder, index):
        version = folder.version(entry.version)
        if version.metadata.is_file():
            separate_lifecycle(version)
            metadata = replace(read_metadata(version), aliases=list(entry.aliases), updated_at=index.updated_at)
            write_metadata(version, metadata)
    return index


def _digests(version: VersionFolder) -> set[str]:
    return {e.sha256 for e in read_manifest(version.manifest).files if blobs.is_sha256(e.sha256)}


def _drop_unnamed(root: Path, digests: set[str]) -> int:
    """Of these contents remove the blobs that nothing is linked to and no manifest names."""
    orphans = [blob for blob in (blobs.blob_path(root, digest) for digest in digests) if blobs.is_unlinked(blob)]
    if not orphans:
        return 0
    named = named_digests(root)
    return blobs.remove_blobs([blob for blob in orphans if blob.name not in named])
