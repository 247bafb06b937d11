"""A folder of pages that opens from a file system: an index of runs, a page per run, and what they show."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runicorn.export import assets, context
from runicorn.export.comparison import can_compare, whole_comparison
from runicorn.export.destination import MARKER, list_written, replacing_folder
from runicorn.export.links import SiteLinks, module_script
from runicorn.export.media import travels
from runicorn.export.pages import Pages
from runicorn.export.provenance import describe
from runicorn.export.runs import unique
from runicorn.export.table import Choice
from runicorn.storage.documents import write_json

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord

POINTS = 2000
"""Points of every metric in the page of a run."""

COMPARED_POINTS = 200_000
"""Points of all metrics of all runs in the page that compares them."""

LOG_LINES = 10_000
"""Lines of a run's log in its page; all of them are beside it in logs.txt."""


def write_site(
    reader: Reader, runs: Sequence[RunRecord], folder: Path, *, progress: Callable[[RunRecord], None] | None = None
) -> None:
    """Write the site of `runs` into `folder`, which is replaced whole or not at all.

    `progress` is called after each run. Raises Conflict when `folder` is no export.
    """
    runs = unique(runs)
    with replacing_folder(folder) as staging:
        _write_assets(staging)
        provenance = describe(runs)
        links = SiteLinks(comparison=can_compare(runs))
        index = context.runs_page(reader, Choice(per_page=max(1, len(runs))), runs=runs)
        _write(staging / "index.html", _render(reader, links, "runs", index))
        if links.comparison:
            comparison = whole_comparison(reader, runs, budget=COMPARED_POINTS)
            _write(staging / "compare.html", _render(reader, links, "compare", comparison))
        for run in runs:
            _write_run(reader, run, staging / "runs" / run.id, replace(links, depth=2))
            if progress is not None:
                progress(run)
        write_json(staging / MARKER, {**provenance, "written": list_written(staging)})


def _write_assets(folder: Path) -> None:
    for name in (*assets.STYLES, "icon.svg", "js/theme.js"):
        path = folder / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(assets.read_asset(name))
    _write(folder / "static" / "modules.js", module_script())


def _write_run(reader: Reader, run: RunRecord, folder: Path, links: SiteLinks) -> None:
    page = context.run_page(reader, run.id, embed=None, points=POINTS, log_lines=LOG_LINES)
    folder.mkdir(parents=True)
    _write(folder / "index.html", _render(reader, links, "run", page))
    for record in reader.media.list(run):
        if record.file is not None and travels(record):
            _copy(record.file, folder / record.path)
    if not run.files.logs.is_symlink():
        _copy(run.files.logs, folder / run.files.logs.name)


def _copy(source: Path, target: Path) -> None:
    """Copy a plain file that can be read to a place that is free; the page says what is missing."""
    if source.is_file() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            shutil.copyfile(source, target)


def _render(reader: Reader, links: SiteLinks, name: str, page: dict[str, Any]) -> str:
    """Whoever gets the site need not know where the runs were."""
    return Pages(links).render(name, **{**page, "root": reader.root.name})


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
