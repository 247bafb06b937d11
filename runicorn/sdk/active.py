"""The active run: the one that was started last, for the module-level functions of `runicorn`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from runicorn.sdk.run import Run

if TYPE_CHECKING:
    from runicorn.sdk.artifact import Artifact

_active: Run | None = None


def init(
    project: str = "default",
    storage: str | os.PathLike[str] | None = None,
    run_id: str | None = None,
    name: str | None = None,
    capture_env: bool = True,
    *,
    config: Any = None,
    tags: Iterable[str] = (),
    notes: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    resume: str | bool | None = None,
    mode: str | None = None,
    durability: str = "process",
    strict: bool = False,
) -> Run:
    """Start a run and make it the active one; see `Run`. An earlier active run stays usable."""
    global _active
    _active = Run(
        project,
        storage,
        run_id,
        name,
        capture_env,
        config=config,
        tags=tags,
        notes=notes,
        group=group,
        job_type=job_type,
        resume=resume,
        mode=mode,
        durability=durability,
        strict=strict,
    )
    return _active


def get_active_run() -> Run | None:
    """Return the run that was started last in this process, or None."""
    return _active


def active_run() -> Run:
    """Return the active run. Raises RuntimeError when none was started."""
    if _active is None:
        raise RuntimeError("No active run: call runicorn.init() first.")
    return _active


def log(data: Mapping[str, Any] | None = None, *, step: Any = None, stage: Any = None, **values: Any) -> None:
    """`Run.log` of the active run."""
    active_run().log(data, step=step, stage=stage, **values)


def log_text(text: str) -> None:
    """`Run.log_text` of the active run."""
    active_run().log_text(text)


def log_image(
    key: str,
    image: Any,
    step: int | None = None,
    caption: str | None = None,
    format: str = "png",
    quality: int = 90,
) -> str:
    """`Run.log_image` of the active run."""
    return active_run().log_image(key, image, step, caption, format, quality)


def summary(update: Mapping[str, Any] | None = None, /, **more: Any) -> None:
    """`Run.summary` of the active run."""
    active_run().summary(update, **more)


def set_primary_metric(metric_name: str, mode: str = "max") -> None:
    """`Run.set_primary_metric` of the active run."""
    active_run().set_primary_metric(metric_name, mode)


def log_artifact(artifact: Artifact) -> int:
    """`Run.log_artifact` of the active run."""
    return active_run().log_artifact(artifact)


def use_artifact(name: str) -> Artifact:
    """`Run.use_artifact` of the active run."""
    return active_run().use_artifact(name)


def finish(status: str = "finished") -> None:
    """`Run.finish` of the active run, which is then no longer active."""
    global _active
    active_run().finish(status)
    _active = None
