"""One blueprint per module of the HTTP API. Each module gives a `blp`; add it to the list to serve it."""

from __future__ import annotations

from flask import Blueprint

from runicorn.viewer.api import (
    archives,
    artifact_changes,
    artifacts,
    config,
    environment,
    experiments,
    export,
    health,
    live,
    logs,
    machine,
    metrics,
    preferences,
    projects,
    recycle,
    remote,
    remote_known_hosts,
    remote_machine,
    remote_saved,
    remote_viewers,
    runs,
    series,
    v2,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    archives.blp,
    artifact_changes.blp,
    artifacts.blp,
    config.blp,
    environment.blp,
    experiments.blp,
    export.blp,
    health.blp,
    live.blp,
    logs.blp,
    machine.blp,
    metrics.blp,
    preferences.blp,
    projects.blp,
    recycle.blp,
    remote.blp,
    remote_known_hosts.blp,
    remote_machine.blp,
    remote_saved.blp,
    remote_saved.hosts_blp,
    remote_viewers.blp,
    runs.blp,
    series.blp,
    v2.blp,
)
