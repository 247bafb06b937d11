"""Samples of every kind on the real pages; hostile ones run nothing and ask nobody, with or without a server."""

from __future__ import annotations

import json
import math
import socket
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_roots import write_run
from playwright.sync_api import Page, expect

from runicorn.export.single import write_single_file
from runicorn.export.site import write_site
from runicorn.query import Reader

pytestmark = pytest.mark.browser

RUN = "20250601_120000_a1b208"
HOSTILE = """<!doctype html><title>x</title><style>p { background: url(ELSEWHERE/b) }</style><p id=said>plain words</p>
<script>parent.document.title = "taken"; document.title = "taken"; alert(1)</script>
<img src=x onerror="alert(2)"><img src="ELSEWHERE/i.png"><LINK rel=preconnect href="ELSEWHERE">
<meta http-equiv=refresh content="0;url=ELSEWHERE/away"><iframe src="ELSEWHERE/frame"></iframe>
<svg onload="alert(3)"></svg><form action="ELSEWHERE"><button>Send</button></form>
"></iframe><script>alert(4)</script>"""
REFUSED = ("Content Security Policy", "sandboxed", "Not allowed to load local resource", "request to 127.0.0.1")
"""What may be said of a page with such samples; whether anybody was asked in fact is for `elsewhere` to tell."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of a host that nobody may connect to, checked after the test."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.fixture
def sampled(root: Path, elsewhere: str) -> Path:
    """A run that logged a sample of every kind at three steps."""
    folder = write_run(root, RUN, images=2, steps=20)
    with wave.open(str(folder / "media" / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"".join(int(9000 * math.sin(n / 5)).to_bytes(2, "little", signed=True) for n in range(8000)))
    lines = []
    for step in (10, 20, 30):
        rows = "".join(f"{n},{n / 7:.3f},<b>{n}</b>\n" for n in range(250))
        lines += [
            _sample(folder, "table", "predictions", step, f"index,score,label\n{rows}", "csv", row_count=250),
            _sample(folder, "text", "story", step, f"Once <i>upon</i> step {step}\n  indented", "txt"),
            _sample(folder, "html", "page", step, HOSTILE.replace("ELSEWHERE", elsewhere), "html"),
            _event(
                "histogram", "weights", step, counts=[1, step, 4, 2], edges=[-1.0, -0.5, 0.0, 0.5, 1.0], nonfinite=2
            ),
            _event("audio", "tone", step, path="media/tone.wav"),
        ]
    lines += [_event("histogram", "broken", 1, counts="x", edges=None), _event("video", "lost", 1, path="media/no.mp4")]
    with (folder / "events.jsonl").open("a", encoding="utf-8") as events:
        events.writelines(lines)
    return root


def _sample(folder: Path, kind: str, key: str, step: int, content: str, suffix: str, **more: Any) -> str:
    path = f"media/{key}_{step}.{suffix}"
    (folder / path).write_text(content, encoding="utf-8")
    return _event(kind, key, step, path=path, **more)


def _event(kind: str, key: str, step: int, **more: Any) -> str:
    data = {"key": key, "step": step, "caption": f"{key} at {step}", "path": None, **more}
    return json.dumps({"ts": 100.0, "type": kind, "data": data}) + "\n"


def check_media(page: Page) -> None:
    """The visible run shows all its samples, steps through them, and the hostile one came to nothing."""
    page.get_by_role("tab", name="Media").locator("visible=true").click()
    panels = page.locator(".media:visible")
    expect(panels).to_have_count(7)
    table = page.locator(".media--table:visible")
    expect(table.locator("tbody tr:visible")).to_have_count(200)
    expect(table.get_by_text("200 of 250 rows").locator("visible=true")).to_have_count(1)
    assert table.locator("td:visible").nth(1).evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    expect(table.locator("td:visible").nth(2)).to_have_text("<b>0</b>")
    story = page.locator(".media--text:visible")
    expect(story.locator("pre:visible")).to_have_text("Once <i>upon</i> step 30\n  indented")
    story.get_by_role("slider").fill("0")
    expect(story.locator("pre:visible")).to_have_text("Once <i>upon</i> step 10\n  indented")
    expect(story.locator("[data-label]")).to_have_text("step 10, 1 of 3")
    weights = page.get_by_role("region", name="weights")
    weights.locator("summary:visible").click()
    expect(weights.locator("tbody tr:visible")).to_have_count(4)
    expect(weights.locator("summary:visible")).to_have_text("4 bins, 2 values not finite")
    expect(page.get_by_text("This histogram is damaged").locator("visible=true")).to_be_visible()
    expect(page.get_by_text("The file media/no.mp4 is missing.").locator("visible=true")).to_be_visible()
    length = page.locator("audio:visible").evaluate(
        "a => a.duration || new Promise(r => a.addEventListener('loadedmetadata', () => r(a.duration)))"
    )
    assert length == pytest.approx(1.0)
    frame = page.locator("iframe:visible")
    expect(frame.content_frame.locator("#said")).to_have_text("plain words")
    assert frame.evaluate("frame => [frame.contentDocument, frame.getAttribute('sandbox')]") == [None, ""]
    assert page.title() != "taken"
    assert frame.content_frame.locator("iframe, link, meta[http-equiv=refresh]").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_viewer_shows_every_kind(sampled: Path, viewer_process: Callable[..., str], open_page: Any, theme: str):
    """Case 58."""
    shown = open_page(f"{viewer_process(sampled)}/runs/{RUN}", theme=theme)
    shown.expect(*REFUSED)
    check_media(shown.page)
    shown.page.evaluate("scrollTo(0, 0)")
    shown.page.set_viewport_size({"width": 1440, "height": 2600})
    shown.screenshot(f"media-{theme}")


def test_an_export_shows_every_kind_from_the_file_system(sampled: Path, tmp_path: Path, open_page: Any):
    """Case 59."""
    with Reader(sampled) as reader:
        runs = reader.runs.list_runs()
        write_site(reader, runs, tmp_path / "site")
        write_single_file(reader, runs, tmp_path / "one.html")
    for address in ((tmp_path / "site" / "runs" / RUN / "index.html").as_uri(), (tmp_path / "one.html").as_uri()):
        shown = open_page(address)
        shown.expect(*REFUSED)
        check_media(shown.page)
        assert {host.partition(":")[0] for host in shown.hosts} <= {"", "127.0.0.1"}
    assert not list((tmp_path / "site").rglob("page_*.html"))


def test_the_latest_samples_can_be_seen_without_scripts(sampled: Path, tmp_path: Path, open_page: Any):
    with Reader(sampled) as reader:
        write_single_file(reader, reader.runs.list_runs(), tmp_path / "one.html")
    shown = open_page((tmp_path / "one.html").as_uri(), scripts=False)
    shown.expect(*REFUSED)
    page = shown.page
    expect(page.get_by_text("Once <i>upon</i> step 30")).to_be_visible()
    expect(page.get_by_text("Once <i>upon</i> step 10")).to_be_hidden()
