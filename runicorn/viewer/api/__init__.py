"""One blueprint per module of the HTTP API. Each module gives a `blp`; add it to the list to serve it."""

from __future__ import annotations

from flask import Blueprint

from runicorn.viewer.api import config, experiments, health, logs, metrics, projects, runs, v2

BLUEPRINTS: tuple[Blueprint, ...] = (
    config.blp,
    experiments.blp,
    health.blp,
    logs.blp,
    metrics.blp,
    projects.blp,
    runs.blp,
    v2.blp,
)
