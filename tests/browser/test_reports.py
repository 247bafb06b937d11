"""Reports opened from the file system: everything inside, nothing asked of anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_roots import HOSTILE, write_gallery
from playwright.sync_api import expect

from runicorn.export.single import write_single_file
from runicorn.export.site import write_site
from runicorn.query import Reader

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
BAD = "20250606_120000_bad0bd"
HOSTILE_RUN = "20250609_120000_dddddd"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A root with a bit of everything."""
    root = tmp_path_factory.mktemp("reported")
    write_gallery(root)
    opened = Reader(root, tmp_path_factory.mktemp("cache"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All runs as a folder of pages."""
    folder = tmp_path_factory.mktemp("exported") / "site"
    write_site(reader, reader.runs.list_runs(), folder)
    return folder


@pytest.fixture(scope="module")
def single(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All runs in one file."""
    path = tmp_path_factory.mktemp("exported") / "report.html"
    write_single_file(reader, reader.runs.list_runs(), path)
    return path


def check_run(shown: Any) -> None:
    """The visible run has charts, marks, zoom, log and nothing from elsewhere."""
    page = shown.page
    card = page.locator('[data-metric="train/loss"]:visible')
    expect(card.locator("canvas")).to_be_visible()
    expect(card.locator("[data-points]")).to_have_text("300 points")
    page.locator("[data-axis]:visible").select_option("relative")
    box = card.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 60, steps=4)
    page.mouse.up()
    expect(card.locator("[data-points]")).not_to_have_text("300 points")
    page.get_by_role("tab", name="Log").locator("visible=true").click()
    page.get_by_label("Search the log").locator("visible=true").fill("step   10 ")
    expect(page.locator(".log-status:visible")).to_have_text("1 of 152 lines")
    assert shown.hosts == {""}


def test_a_site_works_from_the_file_system(site: Path, open_page: Open):
    shown = open_page((site / "index.html").as_uri())
    rows = shown.page.locator("tbody tr")
    expect(rows).to_have_count(14)
    shown.page.get_by_role("columnheader", name="Duration").get_by_role("link").click()
    expect(shown.page.locator("th[aria-sort=descending]")).to_contain_text("Duration")
    shown.page.get_by_label("Search runs").fill("bad0bd")
    expect(shown.page.locator("tbody tr:visible")).to_have_count(1)
    shown.screenshot("site")
    shown.page.get_by_role("link", name=BAD).click()
    expect(shown.page.get_by_role("heading", level=1)).to_have_text(BAD)
    check_run(shown)


def test_one_file_holds_every_run(single: Path, open_page: Open):
    shown = open_page(single.as_uri())
    shown.page.get_by_role("link", name=BAD).click()
    expect(shown.page.get_by_role("heading", level=1, name=BAD)).to_be_visible()
    check_run(shown)
    shown.screenshot("single-file")
    shown.page.go_back()
    expect(shown.page.get_by_role("heading", level=1, name="All runs")).to_be_visible()


def test_images_travel_along(site: Path, single: Path, open_page: Open):
    for address in (
        f"{site.as_uri()}/runs/20250601_120000_a1b208/index.html",
        f"{single.as_uri()}#run-20250601_120000_a1b208",
    ):
        page = open_page(address).page
        page.get_by_role("tab", name="Media").locator("visible=true").click()
        picture = page.get_by_role("img", name="samples, step 200").locator("visible=true")
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 48


def test_compared_images_are_in_a_site_and_not_twice_in_one_file(site: Path, single: Path, open_page: Open):
    page = open_page((site / "compare.html").as_uri()).page
    columns = page.get_by_role("region", name="samples").locator("figure")
    expect(columns).to_have_count(10)
    columns.first.scroll_into_view_if_needed()
    assert columns.first.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 48
    assert 'data-module="compared_images"' not in single.read_text(encoding="utf-8")


def test_hostile_texts_stay_texts_in_a_report(site: Path, single: Path, open_page: Open):
    """Case 59."""
    for address in (f"{site.as_uri()}/runs/{HOSTILE_RUN}/index.html", f"{single.as_uri()}#run-{HOSTILE_RUN}"):
        page = open_page(address).page
        for text in HOSTILE:
            expect(page.locator(".facts dt:visible").get_by_text(text, exact=True)).to_be_visible()
        card = page.locator(f"[data-metric={quoted(HOSTILE[4])}]:visible")
        card.scroll_into_view_if_needed()
        expect(card.locator("canvas")).to_be_visible()
        assert page.locator("img[src=x], svg[onload]").count() == 0


def quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def test_a_report_can_be_read_without_scripts(single: Path, open_page: Open):
    page = open_page(single.as_uri(), scripts=False).page
    for text in (BAD, "4 not finite", "step   10"):
        expect(page.get_by_text(text).first).to_be_visible()
