"""The SQL page in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser_roots import write_run
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

RUN = "20250601_120000_a1b2c3"


@pytest.fixture
def address(root: Path, viewer_process: Callable[..., str]) -> str:
    """A viewer over one run of twelve steps."""
    write_run(root, RUN, steps=12)
    return viewer_process(root)


def test_a_query_is_answered_as_a_table(address: str, open_page: Callable[..., Any]):
    shown = open_page(f"{address}/sql")
    shown.page.get_by_label("Query").fill("SELECT run_id, count(*) AS points FROM metrics GROUP BY ALL")
    shown.page.keyboard.press("Control+Enter")
    expect(shown.page.locator("tbody td")).to_have_text([RUN, "60"], timeout=20_000)
    with shown.page.expect_download() as download:
        shown.page.get_by_role("button", name="Save as CSV").click()
    assert Path(download.value.path()).read_bytes() == f"run_id,points\r\n{RUN},60\r\n".encode()
    shown.screenshot("sql")


def test_a_mistake_is_told_and_nothing_breaks(address: str, open_page: Callable[..., Any]):
    shown = open_page(f"{address}/sql?q=SELEC")
    shown.expect("400")
    expect(shown.page.get_by_role("alert")).to_contain_text("syntax error", timeout=20_000)


def test_a_chart_shows_the_query_that_gives_its_numbers(address: str, open_page: Callable[..., Any]):
    shown = open_page(f"{address}/runs/{RUN}")
    card = shown.page.locator('[data-metric="val/loss"]')
    card.hover()
    card.get_by_role("button", name="SQL of val/loss").click()
    expect(shown.page.locator("tbody tr")).to_have_count(12, timeout=20_000)
