"""The samples of a run other than images as its page shows them: the latest of every key first, within a bound."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from runicorn.export.links import media_type
from runicorn.query import samples
from runicorn.query.samples import HistogramSample, TableSample, TextSample
from runicorn.query.values import MediaRecord

MAX_STEPS = 100
PAGE_BYTES = 8 << 20
"""What the samples of one page may come to, in about as many characters."""
MAX_HTML_BYTES = 1 << 20
BIN_BYTES = 130
WIDTH, HEIGHT = 400, 120

_TABLE_FILES = (".csv", ".parquet")
_REACHING = re.compile(r"<(?=i?frame|fencedframe|link|meta|object|embed|portal|base)", re.IGNORECASE)
_GUARD = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    'img-src data:; media-src data:; font-src data:"><meta http-equiv="x-dns-prefetch-control" content="off">'
)


@dataclass(frozen=True, slots=True)
class Bars:
    """A histogram as the outline of its bars in a box of WIDTH by HEIGHT, and as (low, high, count)."""

    outline: str
    bins: tuple[tuple[float, float, float], ...]
    nonfinite: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample as shown: a record and, by its kind, what was read of it. `problem` says what was not."""

    record: MediaRecord
    text: TextSample | None = None
    document: str = ""
    table: TableSample | None = None
    numeric: tuple[bool, ...] = ()
    bars: Bars | None = None
    problem: str = ""


@dataclass(slots=True)
class Panel:
    """The samples of one key by step, those that fit; `total` counts all that were logged."""

    kind: str
    key: str
    samples: list[Sample]
    total: int


def media_panels(records: Iterable[MediaRecord]) -> list[Panel]:
    """Return the panels of a run's page by key and kind. The latest samples of all keys are read before older ones."""
    groups: dict[tuple[str, str], list[MediaRecord]] = {}
    for record in records:
        if record.kind != "image":
            groups.setdefault((record.key, record.kind), []).append(record)
    panels, queue = [], []
    for (key, kind), group in sorted(groups.items()):
        panel = Panel(kind, key, [], len(group))
        panels.append(panel)
        latest = sorted(group, key=lambda record: record.step or 0)[::-1][:MAX_STEPS]
        queue += [(age, panel, record) for age, record in enumerate(latest)]
    left = PAGE_BYTES
    for _, panel, record in sorted(queue, key=lambda item: item[0]):
        left -= _cost(record)
        if left >= 0:
            panel.samples.insert(0, show(record))
    return panels


def show(record: MediaRecord) -> Sample:
    """Read one sample."""
    if record.kind == "histogram":
        histogram = samples.read_histogram(record)
        return Sample(record, bars=_draw(histogram), problem=histogram.problem)
    if record.kind == "table":
        table = samples.read_table(record)
        return Sample(record, table=table, numeric=_numeric(table), problem=table.problem)
    if record.kind == "text":
        text = samples.read_text(record)
        return Sample(record, text=text, problem=text.problem)
    if record.kind == "html":
        return _show_html(record)
    return Sample(record, problem="" if record.file else f"The file {record.path} is missing.")


def travels(record: MediaRecord) -> bool:
    """Tell whether a site takes the file along: never one that a browser would open as a page."""
    if record.file is None or record.kind == "image":
        return record.file is not None
    if record.kind == "table":
        return record.path.endswith(_TABLE_FILES)
    return record.kind in ("audio", "video") and media_type(record.path) is not None


def guarded(html: str) -> str:
    """Return a document for the `srcdoc` of a frame with an empty `sandbox`, which runs no script.

    A policy before everything else keeps it from loading anything. Elements that a browser may open connections for
    before it asks the policy, such as links and frames, get a name that means nothing.
    """
    return _GUARD + _REACHING.sub("<no-", html)


def _show_html(record: MediaRecord) -> Sample:
    text = samples.read_text(record, max_bytes=MAX_HTML_BYTES)
    if text.truncated:
        return Sample(record, problem=f"{record.path} is too large to be shown here.")
    return Sample(record, document="" if text.problem else guarded(text.text), problem=text.problem)


def _cost(record: MediaRecord) -> int:
    """Estimate what a sample adds to a page, without reading it."""
    if record.kind == "histogram":
        counts = record.data.get("counts")
        return BIN_BYTES * min(len(counts), samples.MAX_BINS) if isinstance(counts, list) else BIN_BYTES
    most = {"text": samples.MAX_TEXT_BYTES, "html": MAX_HTML_BYTES, "table": samples.MAX_TABLE_BYTES}.get(record.kind)
    if most is None or record.file is None:
        return BIN_BYTES
    try:
        return BIN_BYTES + min(most, record.file.stat().st_size)
    except OSError:
        return BIN_BYTES


def _numeric(table: TableSample) -> tuple[bool, ...]:
    """Tell which columns hold numbers alone, to be aligned as such."""
    columns = (tuple(cell for cell in column if cell) for column in zip(*table.rows, strict=True))
    found = tuple(bool(cells) and all(map(_is_number, cells)) for cells in columns)
    return found or (False,) * len(table.columns)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _draw(histogram: HistogramSample) -> Bars | None:
    if not histogram.counts:
        return None
    edges, peak = histogram.edges, max(histogram.counts) or 1
    span = edges[-1] - edges[0]
    places = [WIDTH * ((edge - edges[0]) / span if span else i / (len(edges) - 1)) for i, edge in enumerate(edges)]
    heights = [HEIGHT * (1 - count / peak) for count in histogram.counts]
    outline = "".join(
        f"M{low:.1f} {HEIGHT}V{top:.1f}H{high:.1f}V{HEIGHT}Z"
        for low, high, top in zip(places, places[1:], heights, strict=False)
    )
    return Bars(outline, tuple(zip(edges, edges[1:], histogram.counts, strict=False)), histogram.nonfinite)
