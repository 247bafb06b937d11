"""The charts in a real Chromium: from the launch of the viewer until they are drawn."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from peers.measure import LOAD_S, Session
from peers.peer import Cannot

DRAW_MS = 120_000


def measure_drawing(session: Session) -> None:
    """Take the time until the charts of the long run are drawn; the caches of the viewer start empty.

    The page is opened once the chart data are whole: TensorBoard draws what it has and does not go on by itself.
    """
    from playwright.sync_api import sync_playwright

    try:
        path, drawn = session.peer.chart_page(session.run)
    except Cannot as reason:
        session.missing["drawn"] = session.missing["page drawn"] = str(reason)
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        page = browser.new_page()
        with session.serve(session.data.long, Path(home)) as server:
            session.await_chart(server, session.data.last_step(), LOAD_S)
            page.goto(server.base + path)
            page.wait_for_function(drawn, timeout=DRAW_MS)
            session.keep("drawn", server.seconds())
            started = time.perf_counter()
            page.reload()
            page.wait_for_function(drawn, timeout=DRAW_MS)
            session.keep("page drawn", time.perf_counter() - started)
        browser.close()


def find_chromium() -> str | None:
    """Return the system's Chromium, or None for the one that Playwright installed."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")
