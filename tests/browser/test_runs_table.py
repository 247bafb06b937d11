"""The table of runs in a real browser: finding, sorting, choosing, deleting, following."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser_roots import write_run
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def table(gallery: str, open_page: Callable[..., Any]) -> Page:
    """The table over the shared root, which stays as it is."""
    return open_page(gallery).page


@pytest.fixture
def own_table(root: Path, viewer_process: Callable[..., str], open_page: Callable[..., Any]) -> Page:
    """The table over a root of this test's own, with three runs."""
    for second in range(3):
        write_run(root, f"20250601_12000{second}_a1b2c3", steps=20)
    return open_page(viewer_process(root)).page


def ids(page: Page) -> list[str]:
    return page.locator("tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.run)")


def test_searching_narrows_the_table_and_the_address_keeps_it(table: Page):
    table.get_by_label("Search runs").fill("resnet34")
    expect(table.locator("tbody tr")).to_have_count(5)
    assert "q=resnet34" in table.url
    table.reload()
    expect(table.locator("tbody tr")).to_have_count(5)
    table.go_back()
    expect(table.locator("tbody tr")).to_have_count(14)


def test_a_status_is_a_filter(table: Page):
    table.get_by_role("group", name="Status").get_by_role("link", name="failed").click()
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table.locator("tbody tr")).to_contain_text("20250606_120000_bad0bd")


def test_a_project_and_a_name_are_filters(table: Page):
    table.get_by_role("navigation", name="Projects").get_by_role("link", name="vision").click()
    expect(table.get_by_role("heading", level=1)).to_have_text("vision")
    table.get_by_role("navigation", name="Projects").get_by_role("link", name="resnet34").click()
    expect(table.locator("tbody tr")).to_have_count(5)


def test_nothing_found_says_so_and_leads_back(table: Page):
    table.get_by_label("Search runs").fill("no such run")
    expect(table.get_by_role("heading", name="No run matches")).to_be_visible()
    table.get_by_role("link", name="Show all runs").click()
    expect(table.locator("tbody tr")).to_have_count(14)


def test_a_parameter_column_sorts_by_number(table: Page):
    table.get_by_label("Search runs").fill("sweep")
    expect(table.locator("tbody tr")).to_have_count(10)
    table.get_by_role("columnheader", name="lr").get_by_role("link").click()
    expect(table.locator("th[aria-sort=descending]")).to_have_text("lr")
    head = table.locator("thead th").evaluate_all("heads => heads.findIndex((head) => head.textContent === 'lr')")
    rates = table.locator(f"tbody tr > :nth-child({head + 1})").all_inner_texts()
    assert [float(rate) for rate in rates] == sorted(map(float, rates), reverse=True)
    assert len(set(rates)) == 5


def test_chosen_columns_are_remembered(table: Page):
    table.get_by_role("button", name="Columns").click()
    dialog = table.get_by_role("dialog")
    for key in ("config.batch_size", "summary.epochs"):
        dialog.locator(f'input[value="{key}"]').check()
    dialog.get_by_label("Project").uncheck()
    dialog.get_by_role("button", name="Show").click()
    expect(table.get_by_role("columnheader", name="batch_size")).to_be_visible()
    table.reload()
    expect(table.get_by_role("columnheader", name="epochs")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Project")).to_have_count(0)


def test_a_column_of_a_metric_is_added_and_sorted_by(table: Page):
    table.get_by_role("button", name="Columns").click()
    dialog = table.get_by_role("dialog")
    dialog.get_by_label("Metric").fill("val/loss")
    dialog.get_by_label("Statistic").select_option("min")
    dialog.get_by_role("button", name="Add").click()
    dialog.get_by_role("button", name="Show").click()
    head = table.get_by_role("columnheader", name="val/loss min")
    head.get_by_role("link").click()
    expect(table.locator("th[aria-sort=descending]")).to_have_text("val/loss min")
    number = table.locator("thead th").evaluate_all("heads => heads.findIndex((h) => h.textContent === 'val/loss min')")
    values = [float(text) for text in table.locator(f"tbody tr > :nth-child({number + 1})").all_inner_texts()]
    assert values == sorted(values, reverse=True)
    assert len(values) == 14


def test_a_mistake_in_the_search_is_told_with_its_place(table: Page):
    table.get_by_label("Search runs").fill("config.lr <")
    expect(table.get_by_text("Expected a value at position 12")).to_be_visible()
    table.get_by_label("Search runs").fill("config.lr < 0.01 and status = finished")
    expect(table.locator("tbody tr")).to_have_count(4)


def test_selected_runs_are_compared(table: Page):
    for run_id in ids(table)[-2:]:
        table.get_by_label(f"Select {run_id}").check()
    expect(table.get_by_text("2 selected")).to_be_visible()
    table.get_by_role("button", name="Compare").click()
    expect(table.get_by_role("heading", name="2 runs compared")).to_be_visible()
    curves = table.locator('[data-metric="val/loss"]')
    expect(curves.locator("canvas")).to_be_visible()
    table.get_by_label("Show 2025").first.uncheck()
    expect(table.locator("thead th[data-column='0']").first).to_be_hidden()


def test_runs_that_share_a_parameter_become_one_curve(table: Page):
    table.get_by_label("Search runs").fill("sweep")
    expect(table.locator("tbody tr")).to_have_count(10)
    table.get_by_label("Select all runs on this page").check()
    table.get_by_role("button", name="Compare").click()
    table.wait_for_url("**/compare?*")
    table.wait_for_selector(":root[data-ready]", state="attached")
    points = table.locator('[data-metric="val/loss"] [data-points]')
    expect(points).to_have_text("3,000 points")
    table.get_by_label("Join runs of equal").select_option("lr")
    points.scroll_into_view_if_needed()
    expect(points).to_have_text("3,000 points joined")
    expect(table.locator("[data-groups] .tag")).to_have_count(5)
    table.get_by_label("Shade").select_option("deviation")
    expect(points).to_have_text("3,000 points joined")


def test_a_deleted_run_can_be_had_back(own_table: Page, root: Path):
    run_id = ids(own_table)[-1]
    own_table.get_by_label(f"Select {run_id}").check()
    own_table.get_by_role("button", name="Delete").click()
    expect(own_table.locator("tbody tr")).to_have_count(2)
    own_table.get_by_role("button", name="Undo").click()
    expect(own_table.locator("tbody tr")).to_have_count(3)


def test_the_bin_restores_and_empties(own_table: Page, root: Path):
    gone, back = ids(own_table)[-2:]
    for run_id in (gone, back):
        own_table.get_by_label(f"Select {run_id}").check()
    own_table.get_by_role("button", name="Delete").click()
    expect(own_table.locator("tbody tr")).to_have_count(1)
    own_table.get_by_role("link", name="Recycle bin").click()
    expect(own_table.locator("[data-restore]")).to_have_count(2)
    own_table.locator(f'[data-run="{back}"]').get_by_role("button", name="Restore").click()
    expect(own_table.locator("[data-restore]")).to_have_count(1)
    own_table.get_by_role("button", name="Empty the bin").click()
    own_table.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(own_table.get_by_role("heading", name="The bin is empty")).to_be_visible()
    left = {path.name for path in root.glob("*/*/runs/*")}
    assert gone not in left
    assert back in left


def test_a_new_run_arrives_by_itself(own_table: Page, root: Path):
    write_run(root, "20250610_120000_eeeeee")
    expect(own_table.locator("tbody tr")).to_have_count(4, timeout=10_000)
