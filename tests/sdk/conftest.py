"""Runs started in this process, and scripts that start them in another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runicorn.sdk import active
from runicorn.sdk.run import Run


@pytest.fixture
def start(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    """Start runs below `root`, as `runicorn.init` does; they are finished when the test is."""
    monkeypatch.setattr(active, "_active", None)
    runs: list[Run] = []

    def begin(project: str = "vision", **options: Any) -> Run:
        options = {"storage": root, "capture_env": False, **options}
        runs.append(active.init(project, **options))
        return runs[-1]

    yield begin
    for run in runs:
        run.finish()


@pytest.fixture
def script(root: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Run Python source in a fresh process with `root` as its storage; the source may use `rn` and `root`.

    What still runs at the end of the test is killed.
    """
    begun: list[subprocess.Popen[str]] = []

    def begin(source: str, *arguments: str, prefix: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[str]:
        head = "import os, sys, time\nimport runicorn as rn\nroot = os.environ['RUNICORN_DIR']\n"
        process = subprocess.Popen(
            [*prefix, sys.executable, "-c", head + source, *arguments],
            env={**os.environ, "RUNICORN_DIR": str(root), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture
def read_events() -> Callable[..., list[dict[str, Any]]]:
    """Every whole event of a run folder, read as an independent program would."""
    return _read_events


@pytest.fixture
def read_metrics() -> Callable[[Path, str], list[Any]]:
    """The values of one metric, in file order."""
    return _read_metrics


@pytest.fixture
def read_document() -> Callable[[Path, str], dict[str, Any]]:
    """A JSON document of a run folder."""
    return lambda folder, name: json.loads((folder / name).read_text(encoding="utf-8"))


@pytest.fixture
def only_run() -> Callable[[Path], Path]:
    """The folder of the one run below a root."""
    return _only_run


def _read_events(folder: Path, *, kind: str | None = None) -> list[dict[str, Any]]:
    events = []
    for path in sorted(folder.glob("events*.jsonl")):
        for line in path.read_bytes().split(b"\n")[:-1]:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if kind is None or event.get("type") == kind:
                events.append(event)
    return events


def _read_metrics(folder: Path, name: str) -> list[Any]:
    data = [event["data"] for event in _read_events(folder, kind="metrics")]
    return [row[name] for row in data if name in row]


def _only_run(root: Path) -> Path:
    (folder,) = root.glob("*/*/runs/*")
    return folder
