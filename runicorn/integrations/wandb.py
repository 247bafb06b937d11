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
    "Table",
    "Video",
    "WandbRun",
    "alert",
    "define_metric",
    "finish",
    "init",
    "log",
    "log_artifact",
    "login",
    "use_artifact",
    "watch",
]


class Table(_Table):
    """A table that also knows `add_data`."""

    add_data = _Table.add


class WandbRun:
    """A run with the calls of W&B's; all else is the run's own."""

    def __init__(self, run: Run) -> None:
        self.of = run
        self._waiting: dict[str, Any] = {}
        self._waiting_step: int | None = None

    def log(
        self, data: Mapping[str, Any], step: int | None = None, commit: bool | None = None, **passed_over: Any
    ) -> None:
        """Log metrics and media. With `commit=False` they wait for the next call and share its step."""
        if self._waiting and step is not None and self._waiting_step not in (None, step):
            self._commit()
        self._waiting.update(data)
        self._waiting_step = self._waiting_step if step is None else step
        if commit is not False:
            self._commit()

    def define_metric(
        self, name: str, step_metric: str | None = None, summary: str | None = None, **passed_over: Any
    ) -> None:
        """Give a metric its own x-axis and say what the summary keeps of it."""
        self.of.define_metric(name, step_metric, None if summary == "none" else summary, passed_over.get("goal"))

    def alert(self, title: str, text: str = "", level: Any = "warning", **passed_over: Any) -> None:
        """Write an alert into the run's log."""
        self.of.alert(title, text, str(level))

    def use_artifact(self, name: str, **passed_over: Any) -> Artifact:
        """Return a stored artifact; a leading `entity/project/` is passed over."""
        return self.of.use_artifact(name.rpartition("/")[2])

    def watch(self, *models: Any, **options: Any) -> None:
        """Gradients are not recorded: log `wandb.Histogram` where they matter."""

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """End the run."""
        if self._waiting:
            self._commit()
        self.of.finish("failed" if exit_code else "finished")

    def _commit(self) -> None:
        values, step = self._waiting, self._waiting_step
        self._waiting, self._waiting_step = {}, None
        self.of.log(values, step)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of, name)

    def __enter__(self) -> WandbRun:
        return self

    def __exit__(self, *details: Any) -> None:
        if self._waiting:
            self._commit()
        self.of.__exit__(*details)


_last: WandbRun | None = None


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
) -> WandbRun:
    """Start a run. `dir` is the storage root, `name` names the experiment; `mode` other than "disabled" is local."""
    _init(
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
    return _current()


def login(*arguments: Any, **options: Any) -> bool:
    """Nobody needs to log in here."""
    return True


def log(data: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
    """`WandbRun.log` of the active run."""
    _current().log(data, step, commit)


def define_metric(name: str, step_metric: str | None = None, summary: str | None = None, **passed_over: Any) -> None:
    """`WandbRun.define_metric` of the active run."""
    _current().define_metric(name, step_metric, summary, **passed_over)


def alert(title: str, text: str = "", level: Any = "warning", **passed_over: Any) -> None:
    """`WandbRun.alert` of the active run."""
    _current().alert(title, text, level)


def log_artifact(artifact: Artifact, **passed_over: Any) -> int:
    """Store a new version of an artifact."""
    return _active_run().log_artifact(artifact)


def use_artifact(name: str, **passed_over: Any) -> Artifact:
    """`WandbRun.use_artifact` of the active run."""
    return _current().use_artifact(name)


def watch(*models: Any, **options: Any) -> None:
    """Gradients are not recorded: log `wandb.Histogram` where they matter."""


def finish(exit_code: int | None = None, quiet: bool | None = None) -> None:
    """End the active run, if there is one."""
    if get_active_run() is not None:
        _current().finish(exit_code)


def __getattr__(name: str) -> Any:
    """`wandb.run`, `wandb.config` and `wandb.summary` are those of the active run."""
    if name == "run":
        return None if get_active_run() is None else _current()
    if name in ("config", "summary"):
        return getattr(_active_run(), name)
    raise AttributeError(f"runicorn.integrations.wandb has no {name!r}")


def _current() -> WandbRun:
    """The active run as scripts for W&B know it, the same object for the same run."""
    global _last
    run = _active_run()
    if _last is None or _last.of is not run:
        _last = WandbRun(run)
    return _last
