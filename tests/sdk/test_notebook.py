"""A run as a notebook shows it."""

from __future__ import annotations

import math
from html.parser import HTMLParser

import pytest

from runicorn.sdk.notebook import sparkline


class Tags(HTMLParser):
    """The tags of a piece of HTML."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_a_run_shows_status_link_and_curves(start):
    run = start(name="base")
    for value in (3.0, math.nan, 1.0, 2.0):
        run.log({"loss": value, "<script>": value})

    html = run._repr_html_()

    tags = Tags(html).found
    assert ("a", f"http://127.0.0.1:23300/runs/{run.id}") in [(tag, found.get("href")) for tag, found in tags]
    assert [tag for tag, _ in tags].count("svg") == 2
    assert "script" not in [tag for tag, _ in tags]
    assert "vision/base" in html
    assert "running" in html
    assert "step 4" in html
    run.finish()
    assert "finished" in run._repr_html_()


def test_a_run_without_metrics_shows_itself_too(start):
    assert "<table></table>" in start(mode="disabled")._repr_html_()


@pytest.mark.parametrize(("values", "points"), [([], 0), ([1], 0), ([1, 1], 2), ([0, 5, 2], 3)])
def test_a_sparkline_has_a_point_per_value(values, points):
    line = sparkline(values)
    assert line.count(",") == points
    assert "nan" not in line
