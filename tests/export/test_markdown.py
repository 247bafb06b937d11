"""Run notes as HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from runicorn.export.markdown import render_markdown


def test_markdown_is_rendered():
    html = render_markdown("# Plan\n\n- a *b*\n\n| x | y |\n|---|---|\n| 1 | 2 |")
    for part in ("<h1>Plan</h1>", "<em>b</em>", "<td>2</td>"):
        assert part in html


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](data:text/html,<script>alert(1)</script>)",
        "![image](http://example.org/x.png)",
        "<script>alert(1)</script>",
        '"><svg onload=alert(1)>',
    ],
)
def test_nothing_in_notes_runs_or_loads(text: str):
    """Case 58."""
    elements = Elements()
    elements.feed(render_markdown(text))
    assert {name for name, _ in elements.found} <= {"p", "a"}
    assert not any(dict(attributes).get("href") for _, attributes in elements.found)


class Elements(HTMLParser):
    """Every element that a browser would make."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))
