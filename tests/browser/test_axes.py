"""Charts along their own axes: `define_metric(step_metric=)` in the viewer and in reports."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import runicorn
from runicorn.export.single import write_single_file
from runicorn.query import Reader

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SECONDS = re.compile(r"^0(\.\d+)? (ms|s)")


@pytest.fixture
def defined(root: Path) -> list[str]:
    """Two runs of 100 steps, ten to an epoch, whose validation is drawn over epochs."""
    ids = []
    for seed in range(2):
        with runicorn.init(project="axes", name="rounds", storage=str(root), capture_env=False) as run:
            run.define_metric("val/*", step_metric="epoch")
            for step in range(100):
                run.log({"loss": 1 / (step + 1 + seed), "epoch": step // 10, "val/acc": step / 100}, step=step)
        ids.append(run.id)
    return ids


def reading(page: Any, metric: str) -> Any:
    """Point at the middle of a chart; returns the box that says what is there."""
    card = page.locator(f'[data-metric="{metric}"]:visible')
    expect(card.locator("canvas")).to_be_visible()
    card.locator(".u-over").hover()
    return card.locator(".chart-tip")


def test_a_metric_is_drawn_over_the_one_it_was_defined_with(
    root: Path, defined: list[str], viewer_process: Callable[..., str], open_page: Open
):
    page = open_page(f"{viewer_process(root)}/runs/{defined[0]}").page
    expect(page.get_by_label("X axis")).to_have_value("own")
    expect(reading(page, "val/acc")).to_contain_text("epoch")
    expect(reading(page, "loss")).to_contain_text("step")
    drag(page, "val/acc")
    expect(page.locator('[data-metric="val/acc"] [data-points]')).not_to_have_text("100 points")
    expect(page.locator('[data-metric="loss"] [data-points]')).to_have_text("100 points")
    page.get_by_label("X axis").select_option("step")
    expect(reading(page, "val/acc")).to_contain_text("step")


def test_a_report_has_every_axis_of_its_own(root: Path, defined: list[str], tmp_path: Path, open_page: Open):
    with Reader(root, tmp_path / "cache") as reader:
        write_single_file(reader, reader.runs.list_runs(), tmp_path / "report.html")
    for place in (f"run-{defined[0]}", "compare"):
        page = open_page(f"{(tmp_path / 'report.html').as_uri()}#{place}").page
        axis = page.locator("[data-axis]:visible")
        expect(reading(page, "val/acc")).to_contain_text("epoch")
        expect(reading(page, "loss")).to_contain_text("step")
        axis.select_option("relative")
        expect(reading(page, "val/acc").locator("td").first).to_have_text(SECONDS)
        axis.select_option("step")
        expect(reading(page, "val/acc")).to_contain_text("step")


def drag(page: Any, metric: str) -> None:
    box = page.locator(f'[data-metric="{metric}"] .u-over').bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 60, steps=4)
    page.mouse.up()
