"""Exports of one run, by the name older scripts know; see `runicorn.extensions.exporters`."""

from runicorn.extensions.exporters import MetricsExporter

__all__ = ["MetricsExporter"]
