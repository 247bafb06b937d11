from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from runicorn.errors import InvalidInput
from runicorn.export.report import write_report
from runicorn.query import Reader

HOSTILE = '"><svg onload=alert(1)>|`*_[x](javascript:alert(1))'

TAGS = set(re.findall(r"\w+", "html head meta title body h1 h2 p ul li b strong table thead tbody tr th td"))
"""What a report is made of."""


@pytest.fixture
def report(root):
    def write(run_id="one", **settings):
        with Reader(root) as reader:
            return write_report(reader, reader.runs.get(run_id), **settings)

    return write


def test_the_sections_say_what_the_run_is(make_run, metrics, report):
    make_run(
        "one",
        meta={"platform": "Linux", "python": "3.11"},
        config={"lr": 0.1},
        summary={"final": 3, "nested": {"a": [1]}},
        events=[metrics(1, loss=0.5), metrics(2, loss=0.25, acc=float("nan"))],
        status={"status": "finished", "started_at": 100.0, "ended_at": 164.25},
    )

    text = report()

    for heading in ("Experiment Information", "Run Status", "Parameters", "Summary Metrics", "Metrics Overview"):
        assert f"\n## {heading}\n" in text
    assert "- **Duration**: 64.25 seconds\n" in text
    assert "| loss | 0.250000 | 0.500000 | 0.375000 | 0.250000 |" in text
    assert "| acc |  |  |  |  |" in text
    assert "Steps recorded: 2" in text


def test_an_empty_run_has_a_report_without_tables(make_run, report):
    make_run("one", status=None)

    assert "|" not in report()


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, attributes))


@pytest.mark.parametrize("format", ["markdown", "html"])
def test_no_text_of_a_run_is_markup(make_run, metrics, report, format):
    """Case 58."""
    make_run(
        "one",
        meta={"project": HOSTILE, "name": HOSTILE, "platform": HOSTILE},
        config={HOSTILE: HOSTILE},
        summary={HOSTILE: [HOSTILE]},
        events=[metrics(1, **{HOSTILE: 1.5})],
        status={"status": HOSTILE},
    )
    text = report(format=format)
    if format == "markdown":
        text = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)

    tags = Tags()
    tags.feed(text)
    assert {tag for tag, _ in tags.seen} <= TAGS
    assert {name for _, attributes in tags.seen for name, _ in attributes} <= {"lang", "charset"}
    assert text.count("alert(1)") == 2 * 8 + 2


def test_another_format_is_refused(make_run, report):
    make_run("one")

    with pytest.raises(InvalidInput, match="Format must be markdown or html"):
        report(format="pdf")
