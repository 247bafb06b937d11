"""Listing many runs, and how that grows: a cold process without and with the snapshot, warm, after a change on disk.

    python benchmarks/query_list.py [--runs 100 1000 10000 100000]

For every number of runs: seconds for `reader.runs.list_runs()` in a new process without a snapshot, and with one; for
the scan that keeps the list fresh; for the list within a second of a scan; until a status written in place shows; for
a page of 50 of all runs filtered by a parameter and sorted by a result, first, later with other bounds (median of
five, each after a scan that is not counted: the viewer scans ahead of its pages) and with the same; for the HTML of it;
and the process's highest memory in MiB with the runs listed and after the pages.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def build_root(root: Path, runs: int, *, steps: int = 3, start: int = 0) -> None:
    """Write the finished runs `start` to `runs`, a hundred to an experiment, ten experiments to a project."""
    for number in range(start, runs):
        _build_run(root, number, steps)


def _build_run(root: Path, number: int, steps: int) -> None:
    chance = random.Random(number)
    run_id = f"20250601_{number // 3600 % 24:02}{number // 60 % 60:02}{number % 60:02}_{number:06x}"
    project, name = f"project_{number // 1000}", f"experiment_{number // 100 % 10}"
    folder = os.path.join(root, project, name, "runs", run_id)
    os.makedirs(folder)
    created = 1.7e9 + number * 60
    best = {"best_metric_value": chance.random(), "best_metric_name": "acc", "best_metric_step": steps}
    files = {
        "meta.json": {"id": run_id, "project": project, "name": name, "created_at": created, "pid": 4242},
        "status.json": {"status": "finished", "started_at": created, "ended_at": created + 50},
        "summary.json": {**best, "best_metric_mode": "max", "final_loss": chance.random()},
        "config.json": {"lr": 10 ** -chance.uniform(1, 5), "seed": number % 5, "model": {"depth": number % 7}},
    }
    texts = {file: json.dumps(document, indent=2) for file, document in files.items()}
    texts["events.jsonl"] = "".join(_event(created, step, chance) for step in range(1, steps + 1))
    hour_ago = time.time() - 3600
    for file, text in texts.items():
        path = os.path.join(folder, file)
        with open(path, "w") as opened:
            opened.write(text)
        os.utime(path, (hour_ago, hour_ago))
    os.utime(folder, (hour_ago, hour_ago))


def _event(created: float, step: int, chance: random.Random) -> str:
    data = {"loss": 1 / step, "acc": chance.random(), "global_step": step, "time": created + step}
    return json.dumps({"ts": created + step, "type": "metrics", "data": data}) + "\n"


def measure(root: Path, cache: Path) -> None:
    """Print the figures of one process as JSON."""
    from runicorn.query import Reader

    reader = Reader(root, cache)
    figures = {"first list": seconds(reader.runs.list_runs)}
    figures["MiB"] = memory_mib()
    reader.runs.list_runs()
    figures["scan"] = seconds(reader.runs.refresh_ahead)
    figures["list"] = seconds(reader.runs.list_runs)
    figures["change seen"] = seconds(lambda: see_change(reader, "failed"))
    see_change(reader, "finished")
    figures["first page"] = seconds(lambda: ask_page(reader, 1e-3))
    bounds = iter(1e-3 + number * 1e-9 for number in range(1, 6))
    figures["page"] = statistics.median(seconds(lambda: ask_page(reader, next(bounds))) for _ in look_ahead(reader, 5))
    figures["same page"] = statistics.median(seconds(lambda: ask_page(reader, 1e-3)) for _ in look_ahead(reader, 5))
    show_page(reader)
    figures["HTML page"] = statistics.median(seconds(lambda: show_page(reader)) for _ in look_ahead(reader, 5))
    figures["MiB then"] = memory_mib()
    reader.close()
    print(json.dumps(figures))


def look_ahead(reader, times: int) -> Iterator[None]:
    """Look at the disk before every turn, as the viewer does while somebody asks."""
    for _ in range(times):
        reader.runs.list_runs()
        reader.runs.refresh_ahead()
        yield


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def memory_mib() -> float:
    """The highest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def see_change(reader, status: str) -> None:
    """Write a status into a run and wait until it shows."""
    runs = reader.runs.list_runs()
    run = runs[len(runs) // 2]
    run.files.status.write_text(json.dumps({"status": status}))
    while reader.runs.get(run.id).status != status:
        time.sleep(0.01)


def ask_page(reader, bound: float) -> None:
    reader.search(f"config.lr < {bound} and status = finished", order_by="summary.final_loss", limit=50)


def show_page(reader) -> None:
    from runicorn.export.context import runs_page
    from runicorn.export.links import ViewerLinks
    from runicorn.export.pages import Pages
    from runicorn.export.table import Choice

    choice = Choice(search="config.lr < 1e-3 and status = finished", sort="-summary.final_loss")
    Pages(ViewerLinks()).render("runs", **runs_page(reader, choice))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, nargs="+", default=[100, 1000, 10_000, 100_000])
    parser.add_argument("--measure", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        root, built = Path(folder) / "root", 0
        for runs in sorted(options.runs):
            build_root(root, runs, start=built)
            built = runs
            command = [sys.executable, __file__, "--measure", str(root), str(Path(folder) / f"cache-{runs}")]
            for title in ("no snapshot", "snapshot"):
                figures = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                shown = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
                print(f"{runs:>7,} runs, {title}: {shown}", flush=True)


if __name__ == "__main__":
    main()
