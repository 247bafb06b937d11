"""A run as a notebook shows it."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runicorn.storage.documents import find_object

if TYPE_CHECKING:
    from runicorn.sdk.run import Run

VIEWER = "http://127.0.0.1:23300"
WIDTH, HEIGHT, MAX_LINES = 160, 32, 4


def render_run(run: Run) -> str:
    """Return status, a link to the viewer's page, and small curves of the latest values, as HTML without scripts."""
    status = find_object(run.files.status).get("status", "disabled")
    link = f'<a href="{VIEWER}/runs/{html.escape(run.id)}" target="_blank" rel="noopener">{html.escape(run.id)}</a>'
    head = f"<b>{html.escape(run.project)}/{html.escape(run.name)}</b> {link} - {html.escape(str(status))}"
    rows = "".join(_row(name, values) for name, values in list(run.monitor.recent().items())[:MAX_LINES])
    where = html.escape(str(run.run_dir))
    return f"<div>{head}, step {run.step}<br><small>{where}</small><table>{rows}</table></div>"


def _row(name: str, values: Sequence[float]) -> str:
    finite = [value for value in values if math.isfinite(value)]
    last = f"{values[-1]:.6g}"
    return f"<tr><td>{html.escape(name)}</td><td>{sparkline(finite)}</td><td>{last}</td></tr>"


def sparkline(values: Sequence[float]) -> str:
    """Return finite `values` as a small SVG line, the lowest at the bottom; empty for fewer than two."""
    if len(values) < 2:
        return ""
    low, span = min(values), (max(values) - min(values)) or 1.0
    points = " ".join(
        f"{index * WIDTH / (len(values) - 1):.1f},{HEIGHT - 2 - (value - low) / span * (HEIGHT - 4):.1f}"
        for index, value in enumerate(values)
    )
    line = f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    return f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{line}</svg>'
