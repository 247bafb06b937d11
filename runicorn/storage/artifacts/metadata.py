"""`metadata.json`: what is said about one version. Source: docs/disk-format.md, sections 4 and 9.

The published package refuses the whole file for any field it does not know, so exactly these seventeen are written;
what came later lies in `lifecycle.json` beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from runicorn.storage.artifacts.paths import VersionFolder
from runicorn.storage.documents import find_object, write_json


@dataclass(frozen=True, slots=True)
class VersionMetadata:
    """The seventeen fields. Times are Unix seconds, `size_bytes` counts files and sized references."""

    name: str
    type: str
    version: int
    created_at: float = 0.0
    updated_at: float = 0.0
    created_by_run: str | None = None
    created_by_user: str | None = None
    size_bytes: int = 0
    num_files: int = 0
    num_references: int = 0
    status: str = "ready"
    metadata: dict[str, Any] = field(default_factory=dict)
    description: str = ""
    tags: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    parent_artifacts: list[Any] = field(default_factory=list)
    manifest_digest: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


FIELDS = frozenset(entry.name for entry in fields(VersionMetadata))

_KINDS: dict[str, type | tuple[type, ...]] = {
    "created_at": (int, float),
    "updated_at": (int, float),
    "created_by_run": str,
    "created_by_user": str,
    "size_bytes": int,
    "num_files": int,
    "num_references": int,
    "status": str,
    "metadata": dict,
    "description": str,
    "tags": list,
    "aliases": list,
    "parent_artifacts": list,
    "manifest_digest": str,
}


def read_metadata(version: VersionFolder) -> VersionMetadata:
    """Return the metadata of a version; what is missing or of a wrong shape has its default value."""
    return parse_metadata(version, find_object(version.metadata))


def parse_metadata(version: VersionFolder, document: Mapping[str, Any]) -> VersionMetadata:
    """Return the metadata that `document` holds; name, type and number are those of the folder."""
    known = {key: document[key] for key, kind in _KINDS.items() if _is_kind(document.get(key), kind)}
    return VersionMetadata(version.artifact.name, version.artifact.type, version.number, **known)


def write_metadata(version: VersionFolder, metadata: VersionMetadata) -> None:
    """Replace the metadata of a version."""
    write_json(version.metadata, metadata.to_json())


def _is_kind(value: Any, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
