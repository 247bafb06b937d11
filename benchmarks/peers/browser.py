"""The charts in a real Chromium: from the launch of the viewer until a curve is seen."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from peers.measure import LOAD_S, Session
from peers.peer import Cannot, ChartPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE_S = 120.0
PIXELS = 50
"""A curve is seen when so many pixels of its chart have its colour."""
NEAR = 12


def measure_drawing(session: Session) -> None:
    """Take the time until the first chart of the long run is seen; the caches of the viewer start empty.

    The page is opened once the chart data are whole: TensorBoard draws what it has and does not go on by itself.
    """
    from playwright.sync_api import sync_playwright

    try:
        shown = session.peer.chart_page(session.run)
    except Cannot as reason:
        session.missing["drawn"] = session.missing["page drawn"] = str(reason)
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        page = browser.new_page()
        with session.serve(session.data.long, Path(home)) as server:
            session.await_chart(server, session.data.last_step(), LOAD_S)
            page.goto(server.base + shown.path)
            await_curve(page, shown)
            session.keep("drawn", server.seconds())
            started = time.perf_counter()
            page.reload()
            await_curve(page, shown)
            session.keep("page drawn", time.perf_counter() - started)
        browser.close()


def await_curve(page: Page, shown: ChartPage) -> None:
    """Look at the chart until its curve is there. Raises TimeoutError.

    By pictures, since a canvas that a worker draws cannot be asked what it holds.
    """
    chart = page.locator(shown.chart).first
    chart.wait_for(timeout=PATIENCE_S * 1000)
    started = time.perf_counter()
    while time.perf_counter() - started < PATIENCE_S:
        if count_pixels(chart.screenshot(animations="allow"), shown.colour) >= PIXELS:
            return
    raise TimeoutError("the curve was never seen")


def count_pixels(picture: bytes, colour: tuple[int, int, int]) -> int:
    """How many pixels of a PNG have a colour, or nearly."""
    from PIL import Image, ImageChops

    with Image.open(io.BytesIO(picture)) as image:
        apart = ImageChops.difference(image.convert("RGB"), Image.new("RGB", image.size, colour)).convert("L")
    return sum(apart.histogram()[:NEAR])


def find_chromium() -> str | None:
    """Return the system's Chromium, or None for the one that Playwright installed."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")
