"""Runicorn: a local-first experiment tracker. Start with `run = runicorn.init(project="demo")`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from runicorn._version import __version__

if TYPE_CHECKING:
    from runicorn.query import Reader, sql
    from runicorn.sdk.active import (
        finish,
        get_active_run,
        init,
        log,
        log_artifact,
        log_image,
        log_text,
        set_primary_metric,
        summary,
        use_artifact,
    )
    from runicorn.sdk.artifact import Artifact, ArtifactType
    from runicorn.sdk.run import Run

_HOMES = {
    "Artifact": "runicorn.sdk.artifact",
    "ArtifactType": "runicorn.sdk.artifact",
    "Reader": "runicorn.query",
    "Run": "runicorn.sdk.run",
    "finish": "runicorn.sdk.active",
    "get_active_run": "runicorn.sdk.active",
    "init": "runicorn.sdk.active",
    "log": "runicorn.sdk.active",
    "log_artifact": "runicorn.sdk.active",
    "log_image": "runicorn.sdk.active",
    "log_text": "runicorn.sdk.active",
    "set_primary_metric": "runicorn.sdk.active",
    "sql": "runicorn.query",
    "summary": "runicorn.sdk.active",
    "use_artifact": "runicorn.sdk.active",
}
"""Where each public name lives; its module is imported when the name is first asked for."""

__all__ = [
    "Artifact",
    "ArtifactType",
    "Reader",
    "Run",
    "__version__",
    "finish",
    "get_active_run",
    "init",
    "log",
    "log_artifact",
    "log_image",
    "log_text",
    "set_primary_metric",
    "sql",
    "summary",
    "use_artifact",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
