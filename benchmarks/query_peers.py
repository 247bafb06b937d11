"""This viewer and the published 0.5.3 beside each other over HTTP, on the same files.

    python -m venv old && old/bin/pip install runicorn==0.5.3
    python benchmarks/query_peers.py old/bin/runicorn [--steps 1000000] [--runs 10000]

For each server in turn: the first and a later chart of a long run, the first and a later list of many runs, and a
filtered and sorted page of 50 of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
from query_list import build_root
from query_million import RUN_ID, build_run

PAGE = "/v2/experiments?project=project_1&status=finished&order_by=best_metric_value&per_page=50"
"""The published package answers this call, too, but its v2 finds no runs."""


@contextlib.contextmanager
def serve(command: list[str], root: Path, home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Run a viewer until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "HOME": str(home), "RUNICORN_CACHE_DIR": str(home / "cache")}
    arguments = ["viewer", "--storage", str(root), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}/api"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{base}/health", timeout=5).read()
                break
            time.sleep(0.05)
        yield base, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def seconds(url: str) -> float:
    """How long the whole answer takes."""
    started = time.perf_counter()
    with urllib.request.urlopen(url, timeout=300) as answer:
        json.loads(answer.read())
    return time.perf_counter() - started


def memory_mib(process: psutil.Process) -> float:
    """Resident memory of a server and its children."""
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 2**20


def measure(command: list[str], long: Path, many: Path, home: Path) -> dict[str, float]:
    """Return the figures of one server."""
    chart = f"/runs/{RUN_ID}/metrics_step?downsample=2000"
    with serve(command, long, home) as (base, process):
        figures = {"first chart s": seconds(base + chart), "later chart s": seconds(base + chart)}
        figures["memory after it MiB"] = memory_mib(process)
    with serve(command, many, home) as (base, _):
        figures["first list s"] = seconds(f"{base}/runs")
        figures["later list s"] = seconds(f"{base}/runs")
    with serve(command, many, home) as (base, _):
        figures["first list of a second start s"] = seconds(f"{base}/runs")
    with serve(command, many, home) as (base, _):
        figures["first filtered page s"] = seconds(base + PAGE)
        figures["later filtered page s"] = seconds(base + PAGE)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("published", help="the command `runicorn` of the published 0.5.3")
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        long, many = Path(folder) / "long", Path(folder) / "many"
        build_run(long, options.steps)
        build_root(many, options.runs)
        commands = {"this": [sys.executable, "-m", "runicorn"], "0.5.3": [options.published]}
        answers = {}
        for name, command in commands.items():
            home = Path(folder) / f"home-{name}"
            home.mkdir()
            answers[name] = measure(command, long, many, home)
        print(f"{'':<32} {'this':>10} {'0.5.3':>10} {'ratio':>8}")
        for figure, ours in answers["this"].items():
            theirs = answers["0.5.3"][figure]
            print(f"{figure:<32} {ours:10.3f} {theirs:10.3f} {theirs / ours:8.1f}")


if __name__ == "__main__":
    main()
