"""Environment records, by the name older scripts know; they live in `runicorn.sdk.environment`."""

from runicorn.sdk.environment import EnvironmentCapture, EnvironmentInfo, capture_for_run

__all__ = ["EnvironmentCapture", "EnvironmentInfo", "capture_for_run"]
