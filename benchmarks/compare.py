"""This project beside the trackers a user would pick instead, each in an environment of its own, in one session.

    python benchmarks/compare.py WORK [--steps 20000] [--runs 200] [--peer-steps N] [--peer-runs N] [--rounds 3]
                                      [--only tensorboard,mlflow] [--prepare] [--add] [--browser]

WORK keeps the environments (WORK/environments, made by pip) and the data (WORK/data, written by each tracker's own
writer), so that a second comparison starts at once. Every round asks each tracker in turn. Prints Markdown tables of
medians with their lowest and highest, and how many times this project's figure each is. Whoever writes too slowly for
--steps (MLflow, Aim) or --runs (they, Runicorn 0.7.2 and trackio) gets --peer-steps or --peer-runs; a table says so.
Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from environments import find_python
from peers import PEERS
from peers.browser import measure_drawing
from peers.data import Load, locate, prepare
from peers.measure import Session
from peers.peer import Peer
from peers.tables import print_tables


def find_interpreter(peer: Peer, environments: Path) -> Path:
    """Return the interpreter that has the tracker."""
    if not peer.requirements:
        return Path(sys.executable)
    return find_python(environments, peer.key, *peer.requirements)


def open_sessions(options: argparse.Namespace) -> list[Session]:
    """Make environments and data; a tracker that cannot be installed or written is left out, and that is said."""
    ours = locate(PEERS["this"], options.work / "data", choose_load(PEERS["this"], options))
    sessions = []
    for peer in PEERS.values():
        if peer.key != "this" and options.only and peer.key not in options.only.split(","):
            continue
        try:
            python = find_interpreter(peer, options.work / "environments")
            data = locate(peer, options.work / "data", choose_load(peer, options))
            writer = find_interpreter(PEERS[peer.writer or peer.key], options.work / "environments")
            prepare(peer, data, writer, ours)
        except subprocess.CalledProcessError as error:
            print(f"{peer.title} is left out: {error}", file=sys.stderr)
            continue
        sessions.append(Session(peer, python, writer, data))
    return sessions


def choose_load(peer: Peer, options: argparse.Namespace) -> Load:
    """Return how much is written for a tracker."""
    steps = (options.peer_steps if peer.slow_steps else None) or options.steps
    runs = (options.peer_runs if peer.slow_runs else None) or options.runs
    return Load(steps, runs, options.run_steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--run-steps", type=int, default=10)
    parser.add_argument("--peer-steps", type=int)
    parser.add_argument("--peer-runs", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="keys of the trackers, with commas between: " + ", ".join(PEERS))
    parser.add_argument("--prepare", action="store_true", help="make environments and data, and stop")
    parser.add_argument("--add", action="store_true", help="add rounds to earlier ones (WORK/figures-*.json)")
    parser.add_argument("--browser", action="store_true", help="also draw the charts in Chromium (needs playwright)")
    options = parser.parse_args()
    options.work = options.work.resolve()
    sessions = open_sessions(options)
    if options.prepare:
        return
    figures = options.work / f"figures-{options.steps}-{options.runs}.json"
    if options.add and figures.exists():
        restore(sessions, json.loads(figures.read_text()))
    load = describe_load()
    for _ in range(options.rounds):
        for session in sessions:
            print(f"{session.peer.title} ...", file=sys.stderr, flush=True)
            session.measure()
            if options.browser:
                measure_drawing(session)
            figures.write_text(json.dumps({one.peer.key: [one.figures, one.missing] for one in sessions}))
    print(f"{options.rounds} rounds, load before {load}, after {describe_load()}, {os.cpu_count()} cores")
    print_tables(sessions)


def restore(sessions: list[Session], known: dict[str, list[dict[str, Any]]]) -> None:
    """Give the figures of earlier rounds back."""
    for session in sessions:
        figures, missing = known.get(session.peer.key, [{}, {}])
        session.figures.update(figures)
        session.missing.update(missing)


def describe_load() -> str:
    """Return the load of the last one and five minutes, where the system knows it."""
    return ", ".join(f"{value:.1f}" for value in os.getloadavg()[:2]) if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    main()
