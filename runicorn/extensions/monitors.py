"""Alert rules and unusual values, by the name older scripts know; they live in `runicorn.sdk`."""

from runicorn.sdk.anomalies import AnomalyDetector
from runicorn.sdk.monitors import AlertRule, MetricMonitor

__all__ = ["AlertRule", "AnomalyDetector", "MetricMonitor"]
