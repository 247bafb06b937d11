"""Alert rules and unusual values, by the name older scripts know; see `runicorn.extensions.monitors`."""

from runicorn.extensions.monitors import AlertRule, AnomalyDetector, MetricMonitor

__all__ = ["AlertRule", "AnomalyDetector", "MetricMonitor"]
