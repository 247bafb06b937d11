"""A storage root the integrations find by themselves, and what they wrote there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runicorn.sdk import active


@pytest.fixture(autouse=True)
def storage(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configured storage root; no run is active."""
    monkeypatch.setenv("RUNICORN_DIR", str(root))
    monkeypatch.setattr(active, "_active", None)
    return root


@pytest.fixture
def written(root: Path) -> Callable[[], Any]:
    """The one run below the root: status, config, summary, events, and `metrics(name)` as pairs of step and value."""
    return lambda: _read(root)


def _read(root: Path) -> Any:
    (folder,) = root.glob("*/*/runs/*")
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]

    def document(name: str) -> dict[str, Any]:
        path = folder / name
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def metrics(name: str) -> list[tuple[int, Any]]:
        rows = [event["data"] for event in events if event["type"] == "metrics"]
        return [(row["global_step"], row[name]) for row in rows if name in row]

    return SimpleNamespace(
        folder=folder,
        events=events,
        metrics=metrics,
        status=document("status.json")["status"],
        config=document("config.json"),
        summary=document("summary.json"),
        meta=document("meta.json"),
    )
