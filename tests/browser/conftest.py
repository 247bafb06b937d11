"""Debian's Chromium through Playwright, and a page that reports whatever a good page does not do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

sys.path.insert(0, str(Path(__file__).parent))

SCREENSHOTS = Path(__file__).parent / "screenshots"


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one viewer, for all tests that change nothing, over a root with a bit of everything."""
    from browser_roots import write_gallery

    root, home = tmp_path_factory.mktemp("gallery"), tmp_path_factory.mktemp("home")
    write_gallery(root)
    own = {"HOME": str(home), "RUNICORN_CONFIG_DIR": str(home / "config"), "RUNICORN_CACHE_DIR": str(home / "cache")}
    command = [sys.executable, "-P", "-m", "runicorn", "viewer", "--storage", str(root), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **own}) as process:
        assert process.stdout is not None
        yield json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")["url"].rstrip("/")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@dataclass
class Watched:
    """What went wrong on a page: console errors, dialogs, uncaught errors, requests to another host, bad answers."""

    page: Page
    faults: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    expected: tuple[str, ...] = ()

    def expect(self, *texts: str) -> None:
        """Let faults pass that contain one of `texts`."""
        self.expected += texts

    def screenshot(self, name: str) -> None:
        """Keep a picture for people to look at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Open pages: `open_page(address, theme="dark", width=1280)`. The test fails when one of them misbehaved."""
    opened: list[Watched] = []

    def open_(
        address: str, *, theme: str = "light", width: int = 1440, height: int = 900, scripts: bool = True
    ) -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, java_script_enabled=scripts
        )
        watched = Watched(context.new_page())
        opened.append(watched)
        _watch(watched)
        watched.page.goto(address)
        if scripts:
            watched.page.wait_for_selector(":root[data-ready]", state="attached")
        return watched

    yield open_
    faults = [fault for watched in opened for fault in _unexpected(watched)]
    for watched in opened:
        watched.page.context.close()
    assert faults == []


def _watch(watched: Watched) -> None:
    page = watched.page

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            watched.faults.append(f"console {message.type}: {message.text}")

    page.on("console", console)
    page.on("pageerror", lambda error: watched.faults.append(f"uncaught: {error}"))
    page.on("dialog", lambda dialog: (watched.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: watched.hosts.add(urlsplit(request.url).netloc))
    page.on("response", lambda answer: answer.status >= 400 and watched.faults.append(f"{answer.status}: {answer.url}"))


def _unexpected(watched: Watched) -> list[str]:
    own = urlsplit(watched.page.url).netloc
    foreign = [f"request to {host}" for host in watched.hosts - {own, ""}]
    return [fault for fault in watched.faults + foreign if not any(text in fault for text in watched.expected)]
