"""The active run: the one that was started last, for the module-level functions of `runicorn`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec

from runicorn.sdk.media.base import Media
from runicorn.sdk.run import Run

if TYPE_CHECKING:
    from runicorn.sdk.artifact import Artifact

P = ParamSpec("P")

_active: Run | None = None


def _starting(start: Callable[P, Run]) -> Callable[P, Run]:
    """Give `init` the very signature of `Run`."""

    def init(*arguments: P.args, **options: P.kwargs) -> Run:
        """Start a run and make it the active one; an earlier active run stays usable.

        Takes what `Run` takes; see docs/sdk.md for every argument.
        """
        global _active
        _active = start(*arguments, **options)
        return _active

    vars(init)["__signature__"] = signature(start).replace(return_annotation="Run")
    init.__qualname__ = "init"
    return init


init = _starting(Run)


def get_active_run() -> Run | None:
    """Return the run that was started last in this process, or None when there is none or it is finished."""
    return None if _active is None or _active.is_finished else _active


def active_run() -> Run:
    """Return the active run. Raises RuntimeError when none was started."""
    run = get_active_run()
    if run is None:
        raise RuntimeError("No active run: call runicorn.init() first.")
    return run


def log(data: Mapping[str, Any] | None = None, step: Any = None, *, stage: Any = None, **values: Any) -> None:
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


def log_media(key: str, media: Media, step: int | None = None) -> str | None:
    """`Run.log_media` of the active run."""
    return active_run().log_media(key, media, step)


def summary(update: Mapping[str, Any] | None = None, /, **more: Any) -> None:
    """`Run.summary` of the active run."""
    active_run().summary(update, **more)


def set_primary_metric(metric_name: str, mode: str = "max") -> None:
    """`Run.set_primary_metric` of the active run."""
    active_run().set_primary_metric(metric_name, mode)


def define_metric(
    name: str,
    step_metric: str | None = None,
    summary: str | list[str] | tuple[str, ...] | None = None,
    goal: str | None = None,
) -> None:
    """`Run.define_metric` of the active run."""
    active_run().define_metric(name, step_metric, summary, goal)


def alert(title: str, text: str = "", level: str = "warning") -> None:
    """`Run.alert` of the active run."""
    active_run().alert(title, text, level)


def log_artifact(artifact: Artifact) -> int:
    """`Run.log_artifact` of the active run."""
    return active_run().log_artifact(artifact)


def use_artifact(name: str) -> Artifact:
    """`Run.use_artifact` of the active run."""
    return active_run().use_artifact(name)


def finish(status: str = "finished") -> None:
    """`Run.finish` of the active run, which is then no longer active."""
    active_run().finish(status)
