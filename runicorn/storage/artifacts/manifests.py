"""`manifest.json`: which files and references a version holds. Source: docs/disk-format.md, section 4."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from runicorn.storage.documents import dump_json, find_object, write_bytes


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One stored file: `path` below `files/` with `/`, `size` in bytes, `digest` as `sha256:<hex>`."""

    path: str
    size: int
    digest: str
    modified_at: float | None = None

    @property
    def sha256(self) -> str:
        return self.digest.removeprefix("sha256:")


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """Something kept elsewhere, named by `uri` and not copied; `size` in bytes when known."""

    uri: str
    checksum: str | None = None
    size: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Contents of a version, in the order they were added."""

    files: tuple[FileEntry, ...] = ()
    references: tuple[ReferenceEntry, ...] = ()
    created_at: float = 0.0

    @property
    def file_bytes(self) -> int:
        return sum(entry.size for entry in self.files)

    @property
    def total_size(self) -> int:
        """Bytes of the files, and of those references that say their size."""
        return self.file_bytes + sum(entry.size or 0 for entry in self.references)

    @property
    def total_files(self) -> int:
        return len(self.files)

    @property
    def total_references(self) -> int:
        return len(self.references)

    def to_json(self) -> dict[str, Any]:
        return {
            "files": [asdict(entry) for entry in self.files],
            "references": [asdict(entry) for entry in self.references],
            "total_size": self.total_size,
            "total_files": self.total_files,
            "total_references": self.total_references,
            "created_at": self.created_at,
        }

    def find(self, path: str) -> FileEntry | None:
        return next((entry for entry in self.files if entry.path == path), None)


def read_manifest(path: Path) -> Manifest:
    """Return the manifest in `path`, empty when it is missing or damaged; entries of a wrong shape are left out."""
    return _manifest(find_object(path))


def write_manifest(path: Path, manifest: Manifest) -> str:
    """Write `manifest` and return its digest, the SHA-256 of the written text in hex."""
    text = dump_json(manifest.to_json())
    write_bytes(path, text)
    return hashlib.sha256(text).hexdigest()


def _manifest(document: Mapping[str, Any]) -> Manifest:
    files, references, created_at = (document.get(key) for key in ("files", "references", "created_at"))
    return Manifest(
        files=tuple(_file(row) for row in _rows(files, "path", "digest")),
        references=tuple(_reference(row) for row in _rows(references, "uri")),
        created_at=_number(created_at) or 0.0,
    )


def _rows(rows: Any, *texts: str) -> list[dict[str, Any]]:
    rows = rows if isinstance(rows, list) else []
    return [row for row in rows if isinstance(row, dict) and all(isinstance(row.get(key), str) for key in texts)]


def _file(row: Mapping[str, Any]) -> FileEntry:
    return FileEntry(row["path"], _size(row.get("size")) or 0, row["digest"], _number(row.get("modified_at")))


def _reference(row: Mapping[str, Any]) -> ReferenceEntry:
    checksum, metadata = row.get("checksum"), row.get("metadata")
    return ReferenceEntry(
        row["uri"],
        checksum if isinstance(checksum, str) else None,
        _size(row.get("size")),
        metadata if isinstance(metadata, dict) else {},
    )


def _size(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
