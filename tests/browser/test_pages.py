"""The pages on the real server: they work, they keep to themselves, and they show what is there."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser_roots import HOSTILE, append_step, write_hostile, write_run
from PIL import Image
from playwright.sync_api import Browser, expect

import runicorn

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Serve = Callable[..., str]

TRAIN = "20250601_120000_a1b208"
BAD = "20250606_120000_bad0bd"
LIVE = "20250607_120000_11ff11"


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1680)])
def test_every_page_opens_without_a_fault(gallery: str, open_page: Open, theme: str, width: int):
    compared = f"/compare?run={TRAIN}&run=20250602_120000_a1b2ff&run={BAD}"
    for name, path in {"runs": "/", "run": f"/runs/{BAD}", "compare": compared, "bin": "/recycle-bin"}.items():
        shown = open_page(gallery + path, theme=theme, width=width)
        expect(shown.page.locator("h1")).to_be_visible()
        if name in ("run", "compare"):
            expect(shown.page.locator('[data-metric="train/loss"] canvas')).to_be_visible()
        shown.screenshot(f"{name}-{theme}-{width}")


def test_the_published_root_opens_run_by_run(
    published_root: Path, published_ids: dict[str, str], viewer_process: Serve, open_page: Open
):
    address = viewer_process(published_root)
    shown = open_page(f"{address}/")
    rows = shown.page.locator("tbody tr")
    expect(rows).to_have_count(len(published_ids) - 1)  # one of them is in the recycle bin
    shown.screenshot("published-runs")
    for run_id in (published_ids[name] for name in ("nan", "odd", "uni", "bare")):
        run = open_page(f"{address}/runs/{run_id}")
        expect(run.page.locator("h1")).to_have_text(run_id)
    open_page(f"{address}/artifacts").screenshot("published-artifacts")
    artifact = open_page(f"{address}/artifacts/model/small-net")
    expect(artifact.page.get_by_role("row").filter(has_text="weights.bin")).to_be_visible()


def test_an_unknown_run_is_a_page_that_says_so(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/20250101_000000_000000")
    shown.expect("404")
    expect(shown.page.get_by_text("Run not found")).to_be_visible()


def test_an_empty_root_says_how_to_log_the_first_run(root: Path, viewer_process: Serve, open_page: Open):
    shown = open_page(viewer_process(root))
    shown.screenshot("empty")
    expect(shown.page.get_by_role("heading", name="Log your first run")).to_be_visible()
    write_run(root, TRAIN)
    expect(shown.page.get_by_role("link", name=TRAIN)).to_be_visible(timeout=10_000)


def test_hostile_texts_are_shown_as_they_are(root: Path, viewer_process: Serve, open_page: Open):
    """Case 58."""
    run_id = write_hostile(root).name
    address = viewer_process(root)
    for path in ("/", f"/runs/{run_id}", f"/compare?run={run_id}&run={HOSTILE[0]}", f"/?q={HOSTILE[0]}"):
        shown = open_page(address + path)
        shown.page.wait_for_load_state("networkidle")
        for text in HOSTILE[:1]:
            expect(shown.page.get_by_text(text).first).to_be_attached()
        assert shown.page.locator("img[src=x], svg[onload]").count() == 0
    run = open_page(f"{address}/runs/{run_id}")
    for text in HOSTILE:
        expect(run.page.locator(".facts dt").get_by_text(text, exact=True)).to_be_visible()
        expect(run.page.locator(".chart-name").get_by_text(text, exact=True)).to_be_attached()
    run.screenshot("hostile")


def test_the_log_shows_colours_and_no_other_terminal_trick(root: Path, viewer_process: Serve, open_page: Open):
    """Case 61."""
    run_id = write_hostile(root).name
    shown = open_page(f"{viewer_process(root)}/runs/{run_id}#log")
    log = shown.page.locator(".log-text")
    expect(log.locator(".ansi-2").first).to_have_text("loss")
    expect(log).to_contain_text("link <b>bold</b>")
    expect(log).to_contain_text("100%|########## done")
    assert "javascript" not in log.inner_text()
    assert "10%|#" not in log.inner_text().replace("100%|#", "")
    shown.page.get_by_label("Search the log").fill("step   10 ")
    expect(shown.page.locator(".log-status")).to_have_text("1 of 152 lines")
    shown.screenshot("log")


def test_values_that_are_not_finite_leave_a_gap_and_a_mark(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/{BAD}")
    card = shown.page.locator('[data-metric="train/loss"]')
    expect(card.locator(".chart-bad")).to_have_text("4 not finite")
    expect(card.locator("[data-points]")).to_have_text("300 points")
    expect(card.locator("canvas")).to_be_visible()
    assert bad_pixels(shown.page) > 20
    assert math.isfinite(float(card.locator("[data-value]").inner_text()))


def bad_pixels(page: Any) -> int:
    """How many pixels of the loss chart have the colour of the marks."""
    return page.evaluate(
        """() => {
          const canvas = document.querySelector('[data-metric="train/loss"] canvas');
          const probe = document.createElement("i");
          probe.style.color = "var(--bad)";
          document.body.append(probe);
          const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let found = 0;
          for (let i = 0; i < data.length; i += 4) {
            const away = Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b);
            if (away < 30 && data[i + 3] > 200) found += 1;
          }
          return found;
        }"""
    )


def test_zooming_one_chart_zooms_them_all(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/{TRAIN}")
    drag(shown.page, "train/loss")
    reset = shown.page.get_by_role("button", name="Reset zoom")
    expect(reset).to_be_enabled()
    for metric in ("train/loss", "val/accuracy"):
        expect(shown.page.locator(f'[data-metric="{metric}"] [data-points]')).not_to_have_text("300 points")
    shown.screenshot("zoomed")
    reset.click()
    expect(shown.page.locator('[data-metric="val/accuracy"] [data-points]')).to_have_text("300 points")


def drag(page: Any, metric: str) -> None:
    plot = page.locator(f'[data-metric="{metric}"] .u-over')
    plot.hover(position={"x": 60, "y": 50})
    page.mouse.down()
    plot.hover(position={"x": 130, "y": 60})
    page.mouse.up()


def test_the_crosshair_reads_every_chart(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/{TRAIN}")
    box = shown.page.locator('[data-metric="train/loss"] .u-over').bounding_box()
    last = shown.page.locator('[data-metric="lr"] [data-value]').inner_text()
    shown.page.mouse.move(box["x"] + 20, box["y"] + 50)
    expect(shown.page.locator('[data-metric="train/loss"] .chart-tip')).to_contain_text("step")
    expect(shown.page.locator('[data-metric="lr"] [data-value]')).not_to_have_text(last)


def test_smoothing_and_axis_are_remembered(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/{TRAIN}")
    shown.page.get_by_label("Smoothing").fill("0.6")
    shown.page.get_by_label("X axis").select_option("relative")
    shown.page.get_by_label("Log y").check()
    shown.screenshot("smoothed")
    shown.page.goto(f"{gallery}/runs/{BAD}")
    shown.page.wait_for_selector(":root[data-ready]", state="attached")
    expect(shown.page.get_by_label("Smoothing")).to_have_value("0.6")
    expect(shown.page.get_by_label("X axis")).to_have_value("relative")
    expect(shown.page.get_by_label("Log y")).to_be_checked()


def test_on_a_logarithmic_axis_the_first_steps_are_as_wide_as_the_last(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/{TRAIN}")
    page = shown.page
    points = page.locator('[data-metric="train/loss"] [data-points]')
    expect(points).to_have_text("300 points")
    page.get_by_label("Log x").check()
    expect(points).to_have_text("299 of 300 points")
    plot = page.locator('[data-metric="train/loss"] .chart-plot')
    box = plot.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(plot.locator(".chart-tip")).to_contain_text("step 17")  # the middle between 1 and 299
    shown.screenshot("log-x")
    page.reload()
    expect(page.get_by_label("Log x")).to_be_checked()
    expect(points).to_have_text("299 of 300 points")


def test_a_link_shows_the_charts_as_they_were(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/{TRAIN}")
    shown.page.get_by_label("Log y").check()
    drag(shown.page, "train/loss")
    points = shown.page.locator('[data-metric="train/loss"] [data-points]')
    expect(points).not_to_have_text("300 points")
    seen = points.inner_text()
    shown.page.evaluate("localStorage.clear()")
    shown.page.goto(shown.page.url)
    expect(points).to_have_text(seen)
    expect(shown.page.get_by_label("Log y")).to_be_checked()
    shown.page.get_by_role("button", name="Reset zoom").click()
    expect(points).to_have_text("300 points")
    assert shown.page.url.endswith(f"{TRAIN}?log=1")


def test_only_charts_on_screen_are_drawn(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/20250608_120000_cccccc")
    cards = shown.page.locator("[data-metric]")
    expect(cards).to_have_count(155)
    expect(shown.page.locator("[data-metric] canvas").first).to_be_visible()
    assert shown.page.locator("[data-metric] canvas").count() < 40
    cards.last.scroll_into_view_if_needed()
    expect(cards.last.locator("canvas")).to_be_visible()
    assert shown.page.locator("[data-metric] canvas").count() < 60
    shown.page.get_by_label("Find a metric").fill("layer1[0-4]")
    expect(shown.page.locator("[data-metric]:visible")).to_have_count(50)


def test_a_running_run_moves_by_itself(root: Path, viewer_process: Serve, open_page: Open):
    folder = write_run(root, LIVE, status="running", steps=50, live=True)
    shown = open_page(f"{viewer_process(root)}/runs/{LIVE}")
    points = shown.page.locator('[data-metric="train/loss"] [data-points]')
    expect(points).to_have_text("50 points")
    card = shown.page.locator('[data-metric="train/loss"]')
    expect(card.locator("[data-bad]")).to_be_hidden()
    append_step(folder, 50, **{"train/loss": 7.5})
    append_step(folder, 51, **{"train/loss": math.nan})
    expect(points).to_have_text("52 points", timeout=10_000)
    expect(card.locator("[data-range]")).to_contain_text(" – 7.5")
    expect(card.locator("[data-bad]")).to_have_text("1 not finite")
    expect(card.locator("[data-bad]")).to_have_attribute("title", "First at step 51")
    (folder / "status.json").write_text('{"status": "finished", "started_at": 1, "ended_at": 2}')
    expect(shown.page.locator(".run-title .tag").first).to_have_text("finished", timeout=10_000)


def test_what_a_run_begins_to_log_appears_by_itself(root: Path, viewer_process: Serve, open_page: Open):
    with runicorn.init(project="p", storage=str(root), config={"lr": 0.5}, capture_env=False) as run:
        shown = open_page(f"{viewer_process(root)}/runs/{run.id}#media")
        page = shown.page
        expect(page.get_by_role("heading", name="No metrics yet")).to_be_visible()
        expect(page.get_by_role("tab", name="Media")).to_be_hidden()
        run.log({"loss": 1.0}, step=1)
        expect(page.locator('[data-metric="loss"] canvas')).to_be_visible(timeout=10_000)
        page.locator('[data-metric="loss"] [data-expand]').click()
        page.get_by_label("Find a metric").fill("acc")

        for number in range(14):
            run.log({"loss": 0.5, "val/acc": 0.5, f"layer/{number}": 1.0}, step=2 + number)
        expect(page.locator('[data-metric="val/acc"] canvas')).to_be_visible(timeout=10_000)
        expect(page.locator('[data-metric="loss"]')).to_be_hidden()
        page.get_by_label("Find a metric").fill("")
        expect(page.locator(".chart-group summary").first).to_contain_text("layer 14")
        expect(page.locator('[data-metric="loss"]')).to_have_class("card chart chart--wide")
        page.locator('[data-metric="loss"]').scroll_into_view_if_needed()
        expect(page.locator('[data-metric="loss"] [data-points]')).to_have_text("15 points", timeout=10_000)

        run.log_image("samples", Image.new("RGB", (8, 8)), step=1)
        run.summary["verdict"] = "good"
        (run.run_dir / "labels.json").write_text('{"tags": ["keeper"]}')
        expect(page.locator(".run-title").get_by_text("keeper")).to_be_visible(timeout=10_000)
        page.get_by_role("tab", name="Media").click(timeout=10_000)
        expect(page.get_by_role("img", name="samples, step 1")).to_be_visible()
        expect(page.get_by_text("verdict")).to_be_visible(timeout=10_000)
        for step in (2, 3):
            run.log_image("samples", Image.new("RGB", (8, 8)), step=step)
        expect(page.get_by_role("img", name="samples, step 3")).to_be_visible(timeout=10_000)
        page.get_by_label("Step of samples").press("Home")
        run.log_image("samples", Image.new("RGB", (8, 8)), step=4)
        expect(page.get_by_text("step 1, 1 of 4")).to_be_visible(timeout=10_000)
    expect(page.locator(".run-title .tag").first).to_have_text("finished", timeout=10_000)
    shown.screenshot("grown")


def test_a_comparison_follows_its_runs(root: Path, viewer_process: Serve, open_page: Open):
    write_run(root, TRAIN)
    with runicorn.init(project="p", storage=str(root), config={"lr": 0.5}, capture_env=False) as run:
        shown = open_page(f"{viewer_process(root)}/compare?run={TRAIN}&run={run.id}")
        page = shown.page
        page.get_by_label(f"Show {TRAIN}").uncheck()
        for step in range(5):
            run.log({"fresh": 0.5, "train/loss": 1.0}, step=step)
        run.log_image("samples", Image.new("RGB", (8, 8)), step=1)
        run.summary["verdict"] = "good"
        expect(page.locator('[data-metric="fresh"] canvas')).to_be_visible(timeout=10_000)
        expect(page.get_by_role("region", name="Results").get_by_text("verdict")).to_be_visible(timeout=10_000)
        expect(page.get_by_role("img", name=f"samples of {run.id}")).to_be_visible(timeout=10_000)
    expect(page.locator(f'[data-run="{run.id}"] .tag').first).to_have_text("finished", timeout=10_000)
    expect(page.get_by_role("columnheader", name=TRAIN)).to_have_count(0)
    expect(page.get_by_role("columnheader", name=run.id).first).to_be_visible()
    expect(page.locator('[data-metric="train/loss"] [data-points]')).to_have_text("5 points", timeout=10_000)


def test_hasty_clicks_meet_no_rate_limit(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/{TRAIN}")
    axis = shown.page.get_by_label("X axis")
    for _ in range(25):
        for value in ("time", "relative", "own"):
            axis.select_option(value)
    drag(shown.page, "train/loss")
    expect(shown.page.locator('[data-metric="train/loss"] [data-points]')).not_to_have_text("300 points")


def test_images_have_a_slider_over_their_steps(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/{TRAIN}#media")
    picture = shown.page.get_by_role("img", name="samples, step 200")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 48
    shown.page.get_by_label("Step of samples").press("Home")
    expect(shown.page.get_by_role("img", name="samples, step 0")).to_be_visible()
    shown.screenshot("images")


def test_images_of_compared_runs_stand_side_by_side(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/compare?run={TRAIN}&run={BAD}&run=20250602_120000_a1b218")
    panel = shown.page.get_by_role("region", name="samples")
    panel.scroll_into_view_if_needed()
    columns = panel.locator("figure")
    expect(columns).to_have_count(2)
    for column in columns.all():
        assert column.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 48
    expect(columns.first).to_contain_text("step 200")
    panel.get_by_label("Step of samples").press("Home")
    expect(columns.first).to_contain_text("step 0")
    shown.screenshot("compared-images")
    shown.page.get_by_label(f"Show {TRAIN}").uncheck()
    expect(columns.first).to_be_hidden()


def test_the_theme_is_switched_and_remembered(gallery: str, open_page: Open):
    shown = open_page(gallery)
    switch = shown.page.get_by_role("button", name="Switch between light and dark colours")
    light = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
    switch.click()
    switch.click()
    expect(shown.page.locator("html")).to_have_attribute("data-theme", "dark")
    shown.page.reload()
    expect(shown.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert shown.page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_a_page_can_be_read_without_scripts(gallery: str, open_page: Open):
    shown = open_page(f"{gallery}/runs/{BAD}", scripts=False)
    page = shown.page
    for text in ("4 not finite", "batch_size", "step   10"):
        expect(page.get_by_text(text).first).to_be_visible()
    expect(page.locator(".chart-name").get_by_text("train/loss")).to_be_visible()
    page.goto(gallery)
    page.get_by_role("link", name="Best val/accuracy").or_(page.get_by_role("link", name="Best")).first.click()
    expect(page.locator("th[aria-sort]")).to_have_count(1)
    page.get_by_label(f"Select {TRAIN}").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="1 run compared")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/", f"/runs/{BAD}", f"/compare?run={TRAIN}&run={BAD}", "/sql", "/remote", "/recycle-bin"]
)
def test_nothing_can_be_used_before_its_script_is_there(gallery: str, browser: Browser, path: str):
    """What is in sight meanwhile works by itself: links, and forms that lead somewhere."""
    page = browser.new_page()
    try:
        page.route("**/static/js/*.js", lambda route: route.continue_() if "theme.js" in route.request.url else None)
        page.goto(gallery + path, wait_until="commit")
        page.locator("h1").wait_for()
        early = page.locator("button, input, select, textarea").filter(visible=True)
        expect(page.locator(":root[data-scripts]:not([data-ready])")).to_be_attached()
        own = (
            "all => all.filter((control) => !control.form?.hasAttribute('action')).map((control) => control.outerHTML)"
        )
        assert early.evaluate_all(own) == []
    finally:
        page.close()


def test_a_password_is_never_part_of_an_address(gallery: str, browser: Browser):
    page = browser.new_page()
    try:
        page.route("**/static/js/remote*.js", lambda route: route.abort())
        page.goto(f"{gallery}/remote")
        form = page.locator('[data-part="login"]')
        for name in ("host", "username", "password"):
            form.evaluate("(form, name) => (form.elements[name].value = 'hunter2')", name)
        form.evaluate("(form) => form.requestSubmit()")
        form.evaluate("(form) => form.submit()")
        expect(page.get_by_role("heading", name="Remote", exact=True)).to_be_visible()
        assert page.url == f"{gallery}/remote"
    finally:
        page.close()


def test_the_keyboard_reaches_everything_that_matters(gallery: str, open_page: Open):
    shown = open_page(gallery)
    page = shown.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Search runs")).to_be_focused()
    page.keyboard.type("bad0bd")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name=BAD).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{BAD}")
    page.wait_for_selector(":root[data-ready]", state="attached")
    page.get_by_role("tab", name="Charts").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tabpanel", name="Log")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    plot = page.locator('[data-metric="train/loss"] .chart-plot')
    expect(plot.locator("canvas")).to_be_visible()
    plot.focus()
    page.keyboard.press("ArrowRight")
    expect(plot.locator(".chart-tip")).to_contain_text("step 0")
