"""One file with everything in it: the same pages, with styles, scripts, data and images inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runicorn.export import context
from runicorn.export.comparison import can_compare, whole_comparison
from runicorn.export.destination import replacing_page
from runicorn.export.links import SingleFileLinks
from runicorn.export.pages import Pages
from runicorn.export.provenance import describe
from runicorn.export.runs import unique
from runicorn.export.table import Choice

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord

POINTS = 1000
LOG_LINES = 1000
COMPARED_POINTS = 50_000


def write_single_file(
    reader: Reader, runs: Sequence[RunRecord], path: Path, *, progress: Callable[[RunRecord], None] | None = None
) -> None:
    """Write `runs` into the one file `path`, which is replaced whole or not at all.

    `progress` is called after each run. Raises Conflict when `path` is no export.
    """
    runs = unique(runs)
    with replacing_page(path) as staging:
        provenance = describe(runs)
        pages = []
        for run in runs:
            pages.append(context.run_page(reader, run.id, embed=None, points=POINTS, log_lines=LOG_LINES))
            if progress is not None:
                progress(run)
        index = context.runs_page(reader, Choice(per_page=max(1, len(runs))), runs=runs)
        links = SingleFileLinks(comparison=can_compare(runs))
        comparison = whole_comparison(reader, runs, budget=COMPARED_POINTS) if links.comparison else None
        report = {"runs": index, "pages": pages, "comparison": comparison, "provenance": provenance}
        text = Pages(links).render("report", page="report", root=reader.root.name, **report)
        staging.write_text(text, encoding="utf-8", newline="\n")
