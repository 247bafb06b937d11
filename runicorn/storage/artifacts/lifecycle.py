"""`lifecycle.json`: the stage of a version, how it came there, and its last evaluations.

The published package keeps the same fields in metadata.json, and can then not read that file any more. Both places are
read; only `lifecycle.json` is written. Source: docs/disk-format.md, section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runicorn.storage.artifacts.metadata import FIELDS, read_metadata, write_metadata
from runicorn.storage.artifacts.paths import VersionFolder
from runicorn.storage.documents import find_object, write_json

FIRST_STAGE = "experimental"
KEPT_EVALUATIONS = 10


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """`updated_at` is 0 for a version that was never promoted; transitions and evaluations are oldest first."""

    stage: str = FIRST_STAGE
    updated_at: float = 0.0
    transitions: tuple[dict[str, Any], ...] = ()
    evaluations: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "lifecycle_stage": self.stage,
            "lifecycle_updated_at": self.updated_at,
            "stage_transitions": list(self.transitions),
            "evaluations": list(self.evaluations[-KEPT_EVALUATIONS:]),
        }


def read_lifecycle(version: VersionFolder) -> Lifecycle:
    """Return what both files say together; the later one knows the stage."""
    ours, theirs = _parse(find_object(version.lifecycle)), _parse(find_object(version.metadata))
    later = max(theirs, ours, key=lambda said: said.updated_at)
    return Lifecycle(
        stage=later.stage,
        updated_at=later.updated_at,
        transitions=_merge(theirs.transitions, ours.transitions, "timestamp"),
        evaluations=_merge(theirs.evaluations, ours.evaluations, "date"),
    )


def write_lifecycle(version: VersionFolder, lifecycle: Lifecycle) -> None:
    """Replace the lifecycle of a version, and free its metadata.json of what the published package stumbles over."""
    strange = {key: value for key, value in find_object(version.metadata).items() if key not in FIELDS}
    write_json(version.lifecycle, {**find_object(version.lifecycle), **strange, **lifecycle.to_json()})
    if strange:
        write_metadata(version, read_metadata(version))


def separate_lifecycle(version: VersionFolder) -> None:
    """Move what metadata.json says beyond its own fields to `lifecycle.json`."""
    if find_object(version.metadata).keys() - FIELDS:
        write_lifecycle(version, read_lifecycle(version))


def _parse(document: Mapping[str, Any]) -> Lifecycle:
    stage, updated_at = document.get("lifecycle_stage"), document.get("lifecycle_updated_at")
    return Lifecycle(
        stage=stage if isinstance(stage, str) and stage else FIRST_STAGE,
        updated_at=float(updated_at) if isinstance(updated_at, int | float) else 0.0,
        transitions=_rows(document.get("stage_transitions")),
        evaluations=_rows(document.get("evaluations")),
    )


def _rows(value: Any) -> tuple[dict[str, Any], ...]:
    return tuple(row for row in value if isinstance(row, dict)) if isinstance(value, list) else ()


def _merge(
    first: tuple[dict[str, Any], ...], second: tuple[dict[str, Any], ...], time: str
) -> tuple[dict[str, Any], ...]:
    rows = [*first, *(row for row in second if row not in first)]
    return tuple(sorted(rows, key=lambda row: row[time] if isinstance(row.get(time), int | float) else 0.0))
