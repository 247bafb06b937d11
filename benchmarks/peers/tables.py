"""The figures of a comparison as Markdown: medians, lowest and highest, and ratios to this project."""

from __future__ import annotations

import statistics

from environments import read_version
from peer_writer import ODDITIES

from peers.data import read_mark
from peers.measure import Session
from peers.peer import LOWEST_LOSS, PAGE

LONG = {
    "start": "start until it answers, s",
    "chart first": "first chart, s",
    "chart warm": "the same again, s",
    "launch": "launch to finished chart data, s",
    "launch again": "launch to finished chart data, second start, s",
    "live": "100 new steps logged to shown in the chart data, s",
}
MANY = {
    "list first": "list of all runs, first start, s",
    "list again": "list of all runs, second start, s",
    "list warm": "the same again, s",
    "page first": f"page of {PAGE} finished runs with loss < {LOWEST_LOSS}, highest acc first, first start, s",
    "page again": "that page, second start, s",
    "page warm": "the same again, s",
    "sql first": "SQL over all runs from the command line, no cache, s",
    "sql warm": "the same again, s",
}
MEMORY = {
    "rest": "2 s after the start, MiB",
    "chart peak": "most while the charts were asked for, MiB",
    "live peak": "most with live updates, MiB",
    "list peak": "most while runs were listed, MiB",
}
BROWSER = {
    "drawn": "launch to drawn charts, s",
    "page drawn": "page opened to drawn charts, warm, s",
}
PARTS = {"page first": "page", "page again": "page", "page warm": "page", "sql first": "sql", "sql warm": "sql"}
"""Figures that go missing together, by the name they go missing under."""


def print_tables(sessions: list[Session]) -> None:
    """Print all tables; a column for each tracker, this project first."""
    load = sessions[0].data.load
    _print_loads(sessions)
    _print_figures(f"One run of {load.steps:,} steps", LONG, sessions)
    _print_figures(f"{load.runs:,} runs of {load.run_steps} steps", MANY, sessions)
    _print_figures("Resident memory of the viewer and its children", MEMORY, sessions)
    if any("drawn" in session.figures for session in sessions):
        _print_figures("In Chromium", BROWSER, sessions)
    _print_fidelity(sessions)


def _print_loads(sessions: list[Session]) -> None:
    print("\n## What each of them held\n")
    print("| tracker | version | steps | runs | long run written in, s | runs written in, s | MB of both |")
    print("|---|---|---|---|---|---|---|")
    for session in sessions:
        long, many = read_mark(session.data.long), read_mark(session.data.many)
        version = read_version(session.python, session.peer.package)
        seconds = ["copied"] * 2 if session.peer.writer else [f"{mark['seconds']:,.0f}" for mark in (long, many)]
        if session.peer.borrows_events:
            seconds[0] = "copied"
        size = (long["bytes"] + many["bytes"]) / 1e6
        load = session.data.load
        held = [version, f"{load.steps:,}", f"{load.runs:,}", *seconds, f"{size:,.0f}"]
        _print_row(session.peer.title, held)


def _print_figures(title: str, rows: dict[str, str], sessions: list[Session]) -> None:
    print(f"\n## {title}\n")
    notes: list[str] = []
    _print_row("", [session.peer.title for session in sessions])
    _print_row("---", ["---"] * len(sessions))
    for name, label in rows.items():
        _print_row(label, [_cell(session, name, sessions[0], notes) for session in sessions])
    if rows is MANY:
        notes += [
            f"{session.peer.title}: its list holds {session.peer.listed}."
            for session in sessions
            if session.peer.listed
        ]
    if notes:
        print("\n" + "\n".join(f"{number}. {note}" for number, note in enumerate(notes, 1)))


def _cell(session: Session, name: str, ours: Session, notes: list[str]) -> str:
    values = session.figures.get(name)
    if not values:
        return _excuse(session, name, notes)
    median = statistics.median(values)
    text = _number(median)
    if len(values) > 1:
        text += f" ({_number(min(values))} to {_number(max(values))})"
    base = ours.figures.get(name)
    if session is ours or not base:
        return text
    return f"{text}, {_number(median / statistics.median(base))}x"


def _excuse(session: Session, name: str, notes: list[str]) -> str:
    reason, word = session.missing.get(PARTS.get(name, name)), "cannot"
    if reason is None:
        reason, word = session.missing.get("failed", "not measured"), "failed"
    note = f"{session.peer.title}: {reason}."
    if note not in notes:
        notes.append(note)
    return f"{word} [{notes.index(note) + 1}]"


def _print_fidelity(sessions: list[Session]) -> None:
    print(f"\n## What the chart data of the long run show, of {ODDITIES} one-step spikes and {ODDITIES} NaN\n")
    print("| tracker | points of a curve | spikes | NaN | metric that starts after three quarters |")
    print("|---|---|---|---|---|")
    for session in sessions:
        figures = session.figures
        if not figures.get("spikes"):
            continue
        points, spikes, gaps = (int(statistics.median(figures[name])) for name in ("points", "spikes", "gaps"))
        late = "yes" if all(figures["late"]) else "no"
        print(f"| {session.peer.title} | {points:,} | {spikes} | {gaps} | {late} |")


def _print_row(label: str, cells: list[str]) -> None:
    print(f"| {label} | {' | '.join(cells)} |")


def _number(value: float) -> str:
    """Three figures, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
