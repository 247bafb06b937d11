"""Runicorn: a local-first experiment tracker. Start with `run = runicorn.init(project="demo")`."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from runicorn._version import __version__
from runicorn.sdk.active import (
    alert,
    define_metric,
    finish,
    get_active_run,
    init,
    log,
    log_artifact,
    log_image,
    log_media,
    log_text,
    set_primary_metric,
    summary,
    use_artifact,
)
from runicorn.sdk.run import Run

# An installed package has export, templates and static inside; a checkout has them beside it.
if os.path.exists(os.path.join(os.path.dirname(__path__[0]), "setup.cfg")):
    __path__.append(os.path.dirname(__path__[0]))

if TYPE_CHECKING:
    from runicorn.extensions.experiment import ExperimentManager, ExperimentMetadata
    from runicorn.extensions.exporters import MetricsExporter
    from runicorn.query import Reader, sql
    from runicorn.sdk.anomalies import AnomalyDetector
    from runicorn.sdk.artifact import Artifact, ArtifactType
    from runicorn.sdk.environment import EnvironmentCapture, EnvironmentInfo
    from runicorn.sdk.log_handler import LogHandler
    from runicorn.sdk.media.audio import Audio
    from runicorn.sdk.media.histogram import Histogram
    from runicorn.sdk.media.image import Image
    from runicorn.sdk.media.table import Table
    from runicorn.sdk.media.text import Html, Text
    from runicorn.sdk.media.video import Video
    from runicorn.sdk.monitors import AlertRule, MetricMonitor

_HOMES = {
    "AlertRule": "runicorn.sdk.monitors",
    "AnomalyDetector": "runicorn.sdk.anomalies",
    "Artifact": "runicorn.sdk.artifact",
    "ArtifactType": "runicorn.sdk.artifact",
    "Audio": "runicorn.sdk.media.audio",
    "EnvironmentCapture": "runicorn.sdk.environment",
    "EnvironmentInfo": "runicorn.sdk.environment",
    "ExperimentManager": "runicorn.extensions.experiment",
    "ExperimentMetadata": "runicorn.extensions.experiment",
    "Histogram": "runicorn.sdk.media.histogram",
    "Html": "runicorn.sdk.media.text",
    "Image": "runicorn.sdk.media.image",
    "LogHandler": "runicorn.sdk.log_handler",
    "MetricMonitor": "runicorn.sdk.monitors",
    "MetricsExporter": "runicorn.extensions.exporters",
    "Reader": "runicorn.query",
    "Table": "runicorn.sdk.media.table",
    "Text": "runicorn.sdk.media.text",
    "Video": "runicorn.sdk.media.video",
    "sql": "runicorn.query",
}
"""Where the other public names live: a module is imported when one of its names is first asked for."""

__all__ = [
    "AlertRule",
    "AnomalyDetector",
    "Artifact",
    "ArtifactType",
    "Audio",
    "EnvironmentCapture",
    "EnvironmentInfo",
    "ExperimentManager",
    "ExperimentMetadata",
    "Histogram",
    "Html",
    "Image",
    "LogHandler",
    "MetricMonitor",
    "MetricsExporter",
    "Reader",
    "Run",
    "Table",
    "Text",
    "Video",
    "__version__",
    "alert",
    "define_metric",
    "finish",
    "get_active_run",
    "init",
    "log",
    "log_artifact",
    "log_image",
    "log_media",
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
