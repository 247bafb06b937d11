"""Environment records, by the name older scripts know; see `runicorn.extensions.environment`."""

from runicorn.extensions.environment import EnvironmentCapture, EnvironmentInfo, capture_for_run

__all__ = ["EnvironmentCapture", "EnvironmentInfo", "capture_for_run"]
