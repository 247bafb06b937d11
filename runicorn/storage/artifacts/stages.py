"""Promoting a version from one stage to the next. The alias `production` follows the stage of that name."""

from __future__ import annotations

import time
from dataclasses import replace

from runicorn.errors import ArtifactNotFound, InvalidInput
from runicorn.storage.artifacts import versions
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.lifecycle import read_lifecycle, write_lifecycle
from runicorn.storage.artifacts.paths import VersionFolder

PRODUCTION = "production"

TRANSITIONS = {
    "experimental": ("staging", "archived"),
    "staging": (PRODUCTION, "experimental", "archived"),
    PRODUCTION: ("staging", "archived"),
    "archived": ("experimental",),
}
"""Which stages may follow which."""

STAGES = tuple(TRANSITIONS)


def promote(
    version: VersionFolder, to_stage: str, *, notes: str | None = None, evaluator_run_id: str | None = None
) -> str:
    """Move a version to another stage and return the one it was in.

    Raises InvalidInput for a forbidden move, ArtifactNotFound for a version without metadata.
    """
    if to_stage not in STAGES:
        raise InvalidInput(f"Invalid target stage: {to_stage}. Must be one of {list(STAGES)}")
    if not version.metadata.is_file():
        raise ArtifactNotFound("Artifact metadata not found")
    with versions.changing(version):
        lifecycle = read_lifecycle(version)
        if to_stage not in TRANSITIONS.get(lifecycle.stage, STAGES):
            raise InvalidInput(f"Invalid transition from {lifecycle.stage} to {to_stage}")
        now = time.time()
        move = {
            "from_stage": lifecycle.stage,
            "to_stage": to_stage,
            "timestamp": now,
            "notes": notes,
            "evaluator_run_id": evaluator_run_id,
        }
        transitions = (*lifecycle.transitions, move)
        write_lifecycle(version, replace(lifecycle, stage=to_stage, updated_at=now, transitions=transitions))
    _move_alias(version, lifecycle.stage, to_stage)
    return lifecycle.stage


def _move_alias(version: VersionFolder, from_stage: str, to_stage: str) -> None:
    if to_stage == PRODUCTION:
        versions.set_alias(version.artifact, PRODUCTION, version.number)
    elif from_stage == PRODUCTION and read_index(version.artifact).aliases.get(PRODUCTION) == version.number:
        versions.remove_alias(version.artifact, PRODUCTION)
