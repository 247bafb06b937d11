"""Alert rules and unusual values, by the name older scripts know; they live in `runicorn.sdk.monitors`."""

from runicorn.sdk.monitors import AlertRule, AnomalyDetector, MetricMonitor

__all__ = ["AlertRule", "AnomalyDetector", "MetricMonitor"]
