"""For scripts that use `wandb` for `init`, `log`, `config`, `summary` and `finish`:

    import runicorn.integrations.wandb as wandb

Arguments without a counterpart here (entity, settings, ...) are taken and passed over. Nothing leaves this machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from runicorn.sdk import Run, get_active_run
from runicorn.sdk import init as _init
from runicorn.sdk.active import active_run as _active_run
from runicorn.sdk.active import finish as _finish
from runicorn.sdk.artifact import Artifact
from runicorn.sdk.media.audio import Audio
from runicorn.sdk.media.histogram import Histogram
from runicorn.sdk.media.image import Image
from runicorn.sdk.media.table import Table as _Table
from runicorn.sdk.media.text import Html
from runicorn.sdk.media.video import Video
from runicorn.storage.names import fit_file_name

__all__ = [
    "Artifact",
    "Audio",
    "Histogram",
    "Html",
    "Image",
    "Run",
    "Table",
    "Video",
    "alert",
    "define_metric",
    "finish",
    "init",
    "log",
    "log_artifact",
    "use_artifact",
    "watch",
]


class Table(_Table):
    """A table that also knows `add_data`."""

    add_data = _Table.add


_uncommitted: dict[str, Any] = {}


def init(
    project: str | None = None,
    name: str | None = None,
    config: Any = None,
    dir: str | os.PathLike[str] | None = None,
    id: str | None = None,
    tags: Any = (),
    notes: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    resume: bool | str | None = None,
    mode: str | None = None,
    save_code: bool = False,
    **passed_over: Any,
) -> Run:
    """Start a run. `dir` is the storage root, `name` names the experiment; `mode` other than "disabled" is local."""
    return _init(
        fit_file_name(project or os.environ.get("WANDB_PROJECT") or "default"),
        storage=dir,
        run_id=id,
        name=fit_file_name(name) if name else None,
        config=config,
        tags=tags or (),
        notes=notes,
        group=group,
        job_type=job_type,
        resume=resume if resume in ("must", "never") else "allow",
        mode="disabled" if "disabled" in (mode, os.environ.get("WANDB_MODE")) else None,
        save_code=save_code,
    )


def log(data: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
    """Log metrics and media. With `commit=False` they wait for the next call and share its step."""
    _uncommitted.update(data)
    if commit is not False:
        values = dict(_uncommitted)
        _uncommitted.clear()
        _active_run().log(values, step=step)


def define_metric(name: str, step_metric: str | None = None, summary: str | None = None, **passed_over: Any) -> None:
    """Give a metric its own x-axis and say what the summary keeps of it."""
    goal = passed_over.get("goal")
    _active_run().define_metric(name, step_metric, None if summary == "none" else summary, goal)


def alert(title: str, text: str = "", level: Any = "warning", **passed_over: Any) -> None:
    """Write an alert into the run's log."""
    _active_run().alert(title, text, str(level))


def log_artifact(artifact: Artifact, **passed_over: Any) -> int:
    """Store a new version of an artifact."""
    return _active_run().log_artifact(artifact)


def use_artifact(name: str, **passed_over: Any) -> Artifact:
    """Return a stored artifact; a leading `entity/project/` is passed over."""
    return _active_run().use_artifact(name.rpartition("/")[2])


def watch(*models: Any, **options: Any) -> None:
    """Gradients are not recorded: log `wandb.Histogram` where they matter."""


def finish(exit_code: int | None = None, quiet: bool | None = None) -> None:
    """End the active run."""
    if get_active_run() is None:
        return
    if _uncommitted:
        log({})
    _finish("failed" if exit_code else "finished")


def __getattr__(name: str) -> Any:
    """`wandb.run`, `wandb.config` and `wandb.summary` are those of the active run."""
    if name == "run":
        return get_active_run()
    if name in ("config", "summary"):
        return getattr(_active_run(), name)
    raise AttributeError(f"runicorn.integrations.wandb has no {name!r}")
