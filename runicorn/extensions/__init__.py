"""Beside logging: alert rules, unusual values, labels over many runs, exports of one run, environment records."""

from runicorn.extensions.environment import EnvironmentCapture, EnvironmentInfo
from runicorn.extensions.experiment import ExperimentManager, ExperimentMetadata
from runicorn.extensions.exporters import MetricsExporter
from runicorn.extensions.monitors import AlertRule, AnomalyDetector, MetricMonitor

__all__ = [
    "AlertRule",
    "AnomalyDetector",
    "EnvironmentCapture",
    "EnvironmentInfo",
    "ExperimentManager",
    "ExperimentMetadata",
    "MetricMonitor",
    "MetricsExporter",
]
