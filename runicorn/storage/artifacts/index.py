"""`versions.json`: the versions of one artifact and its aliases. Source: docs/disk-format.md, sections 4 and 9.

The published package gives the next version the number `len(versions) + 1`, so numbers are never reused or skipped:
a version removed for good leaves an entry with the status "deleted".
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from runicorn.errors import AliasNotFound, ArtifactNotFound, Conflict
from runicorn.storage.artifacts.metadata import parse_metadata
from runicorn.storage.artifacts.paths import LATEST, ArtifactFolder
from runicorn.storage.documents import find_object, write_json

READY = "ready"
DELETED = "deleted"
LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """One line of the index. `status` is "deleted" for a version that is in the recycle bin or gone for good."""

    version: int
    created_at: float = 0.0
    created_by_run: str | None = None
    size_bytes: int = 0
    num_files: int = 0
    status: str = READY
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """Everything `versions.json` says, mended by what is on disk.

    `entries` are ascending; `versions` are those of them that are on disk, soft-deleted ones included. `aliases` maps
    names to numbers on disk; `latest` is the highest of these.
    """

    name: str
    type: str
    entries: tuple[VersionEntry, ...]
    present: frozenset[int]
    aliases: dict[str, int]
    created_at: float
    updated_at: float
    next_version: int

    @property
    def versions(self) -> list[VersionEntry]:
        return [entry for entry in self.entries if entry.version in self.present]

    @property
    def latest(self) -> int | None:
        return max(self.present, default=None)

    def get(self, number: int) -> VersionEntry:
        """Return the entry of a version on disk. Raises ArtifactNotFound."""
        if number not in self.present:
            raise ArtifactNotFound(f"Version not found: {self.name}:v{number}")
        return next(entry for entry in self.entries if entry.version == number)

    def resolve(self, selector: int | str) -> int:
        """Return the number that a version number or an alias means. Raises ArtifactNotFound or AliasNotFound."""
        if isinstance(selector, int):
            return self.get(selector).version
        if selector not in self.aliases:
            raise AliasNotFound(self.name, selector, sorted(self.aliases))
        return self.aliases[selector]


def read_index(folder: ArtifactFolder) -> Index:
    """Return the index of an artifact. A missing or damaged file is made up for from the version folders."""
    document = find_object(folder.index)
    stored = {entry.version: entry for entry in map(_entry, _rows(document)) if entry}
    on_disk = folder.version_numbers()
    present = [number for number in on_disk if _is_present(folder, number, stored.get(number))]
    aliases = _aliases(document, present)
    numbers = sorted({*stored, *present})
    entries = tuple(_mend(folder, number, stored.get(number), present, aliases) for number in numbers)
    times = [entry.created_at for entry in entries if entry.created_at]
    return Index(
        name=folder.name,
        type=folder.type,
        entries=entries,
        present=frozenset(present),
        aliases=aliases,
        created_at=_number(document.get("created_at")) or min(times, default=0.0),
        updated_at=_number(document.get("updated_at")) or max(times, default=0.0),
        next_version=max([*stored, *on_disk], default=0) + 1,
    )


def write_index(folder: ArtifactFolder, index: Index) -> list[VersionEntry]:
    """Replace the index, gaps between its entries filled. Returns the versions whose aliases were others before.

    To be called under the artifact's lock.
    """
    before = {row["version"]: row.get("aliases") for row in _rows(find_object(folder.index)) if _entry(row)}
    known = {entry.version: entry for entry in index.entries}
    entries = [known.get(number) or VersionEntry(number, status=DELETED) for number in range(1, index.next_version)]
    document = {
        "artifact_name": index.name,
        "artifact_type": index.type,
        "versions": [{**asdict(entry), "aliases": list(entry.aliases)} for entry in entries],
        "aliases": index.aliases,
        "created_at": index.created_at,
        "updated_at": index.updated_at,
    }
    write_json(folder.index, document)
    return [entry for entry in index.versions if before.get(entry.version, [LATEST]) != list(entry.aliases)]


def is_entered(folder: ArtifactFolder, number: int) -> bool:
    """Tell whether the index as it is on disk has a line for a version."""
    return any(row.get("version") == number for row in _rows(find_object(folder.index)) if isinstance(row, dict))


def with_aliases(index: Index, aliases: Mapping[str, int]) -> Index:
    """Return `index` with other aliases, in the map and in every entry, and changed now."""
    aliases = dict(aliases)
    if index.latest is not None:
        aliases[LATEST] = index.latest
    entries = tuple(replace(entry, aliases=_names(aliases, entry.version)) for entry in index.entries)
    return replace(index, aliases=aliases, entries=entries, updated_at=time.time())


@contextlib.contextmanager
def locked(folder: ArtifactFolder) -> Iterator[None]:
    """Keep every other writer of this artifact out, the published package included.

    Raises Conflict when the lock cannot be had within 30 s, or not at all (a read-only disk, say).
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder.lock, timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise Conflict(f"Artifact {folder.name} is being written by another program; try again.") from error
    except OSError as error:
        raise Conflict(f"Artifact {folder.name} cannot be changed: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()


def _rows(document: Mapping[str, Any]) -> list[Any]:
    rows = document.get("versions")
    return rows if isinstance(rows, list) else []


def _entry(row: Any) -> VersionEntry | None:
    number = row.get("version") if isinstance(row, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number < 10**6:
        return None
    run, status = row.get("created_by_run"), row.get("status")
    return VersionEntry(
        version=number,
        created_at=_number(row.get("created_at")) or 0.0,
        created_by_run=run if isinstance(run, str) else None,
        size_bytes=int(_number(row.get("size_bytes")) or 0),
        num_files=int(_number(row.get("num_files")) or 0),
        status=status if isinstance(status, str) and status else READY,
    )


def _mend(
    folder: ArtifactFolder, number: int, entry: VersionEntry | None, present: list[int], aliases: Mapping[str, int]
) -> VersionEntry:
    if number not in present:
        return replace(entry or VersionEntry(number), status=DELETED)
    entry = entry or _from_metadata(folder, number)
    alive = READY if entry.status == DELETED else entry.status
    status = DELETED if folder.version(number).deleted.exists() else alive
    return replace(entry, status=status, aliases=_names(aliases, number))


def _is_present(folder: ArtifactFolder, number: int, entry: VersionEntry | None) -> bool:
    """A folder without a live entry counts when it is whole; else a writer was killed in it, or is still at it."""
    if entry and entry.status != DELETED:
        return True
    return find_object(folder.version(number).metadata).get("status") == READY


def _from_metadata(folder: ArtifactFolder, number: int) -> VersionEntry:
    version = folder.version(number)
    said = parse_metadata(version, find_object(version.metadata))
    return VersionEntry(number, said.created_at, said.created_by_run, said.size_bytes, said.num_files)


def _aliases(document: Mapping[str, Any], present: list[int]) -> dict[str, int]:
    stored = document.get("aliases")
    aliases = {k: v for k, v in stored.items() if v in present} if isinstance(stored, dict) else {}
    if present:
        aliases[LATEST] = present[-1]
    return aliases


def _names(aliases: Mapping[str, int], number: int) -> tuple[str, ...]:
    return tuple(name for name, version in aliases.items() if version == number)


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
