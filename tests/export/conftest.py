"""Chromium, and pages opened from the file system with every request recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def open_file(browser: Any) -> Iterator[Callable[..., Any]]:
    """`open_file(path, "#run-x")` returns the page; after the test it must have asked no host and met no error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    troubles: list[str] = []
    context.on("request", lambda request: asked.append(request.url))

    def open_page(path: Path, anchor: str = "") -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(path.as_uri() + anchor)
        return page

    yield open_page
    context.close()
    assert troubles == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
