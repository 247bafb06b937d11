"""Fixtures shared by all tests: folders of their own, runs written by hand, and the published package's root."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parent / "fixtures"
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
VARIABLES = ("RUNICORN_DIR", "RUNICORN_USER_ROOT_DIR", "RUNICORN_MODE", "RUNICORN_VIEWER_PORT", "RUNICORN_LOG_LEVEL")


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the user's home, configuration and cache."""
    home = tmp_path_factory.mktemp("home")
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("RUNICORN_CONFIG_DIR", str(home / "config"))
    monkeypatch.setenv("RUNICORN_CACHE_DIR", str(home / "cache"))
    return home


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty storage root."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def make_run(root: Path) -> Callable[..., Path]:
    """Write a run folder by hand, as any other program might: `make_run(run_id, events=[...], status="finished")`."""

    def make(
        run_id: str = "20250601_120000_a1b2c3",
        *,
        project: str = "vision",
        name: str = "base",
        status: Mapping[str, Any] | str | None = "finished",
        meta: Mapping[str, Any] | None = None,
        summary: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
        events: Iterable[Mapping[str, Any] | str | bytes] = (),
        logs: str | None = None,
    ) -> Path:
        folder = root / project / name / "runs" / run_id
        folder.mkdir(parents=True)
        known = {"id": run_id, "project": project, "name": name, "created_at": 1748779200.5, "pid": 999900001}
        _write(folder / "meta.json", {**known, **(meta or {})})
        if status is not None:
            _write(
                folder / "status.json",
                {"status": status, "started_at": 1748779200.6} if isinstance(status, str) else status,
            )
        if summary is not None:
            _write(folder / "summary.json", summary)
        if config is not None:
            _write(folder / "config.json", config)
        if lines := [_line(event) for event in events]:
            (folder / "events.jsonl").write_bytes(b"".join(lines))
        if logs is not None:
            (folder / "logs.txt").write_text(logs, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def published_root(tmp_path: Path) -> Path:
    """A fresh copy of a storage root written by the published 0.5.3; see tests/fixtures/published."""
    with tarfile.open(FIXTURES / "published" / "root.tar.gz") as archive:
        archive.extractall(tmp_path / "published", filter="data")
    return tmp_path / "published" / "root"


@pytest.fixture(scope="session")
def published_ids() -> dict[str, str]:
    """Run ids of `published_root` by what is special about them: "train", "nan", "odd", "dead", "gone", ..."""
    return json.loads((FIXTURES / "published" / "ids.json").read_text(encoding="utf-8"))["ids"]


@pytest.fixture
def viewer_process(own_folders: Path) -> Iterator[Callable[..., str]]:
    """Start the real `runicorn viewer` on a free port: `viewer_process(root, "--cors", "none")` returns its address.

    Every viewer is told to end by SIGTERM after the test, and must do so cleanly and soon.
    """
    processes: list[subprocess.Popen[str]] = []

    def start(root: Path, *arguments: str) -> str:
        command = [sys.executable, "-m", "runicorn", "viewer", "--storage", str(root), "--port", "0", "--json"]
        process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        url = json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")["url"]
        with urllib.request.urlopen(f"{url}api/health", timeout=20):
            return url.rstrip("/")

    yield start
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.communicate(timeout=10)
        assert process.returncode == 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright: one for all tests of a process, as Playwright allows no second."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        reason = "no Chromium on this machine"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"{reason}, and CI is set", pytrace=False)
        pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()


def metrics_event(step: int, /, ts: float | None = None, **values: Any) -> dict[str, Any]:
    """One line of events.jsonl as the SDK writes it."""
    ts = 1748779200.0 + step if ts is None else ts
    return {"ts": ts, "type": "metrics", "data": {**values, "global_step": step, "time": ts}}


@pytest.fixture
def metrics() -> Callable[..., dict[str, Any]]:
    """Make one metrics event: `metrics(step, loss=0.5)`."""
    return metrics_event


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def _line(event: Mapping[str, Any] | str | bytes) -> bytes:
    """A mapping becomes a whole line; text and bytes are written as they are."""
    if isinstance(event, bytes):
        return event
    return event.encode() if isinstance(event, str) else json.dumps(event).encode() + b"\n"
