"""Listing many runs: a cold process without and with the snapshot, warm, and after a change on disk.

    python benchmarks/query_list.py [--runs 10000]

Prints seconds for `reader.runs.list_runs()` and how long a change of a status takes to show.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def build_root(root: Path, runs: int, *, steps: int = 3) -> None:
    """Write `runs` finished runs, a hundred to an experiment, ten experiments to a project."""
    chance = random.Random(1)
    for number in range(runs):
        run_id = f"20250601_{number // 3600 % 24:02}{number // 60 % 60:02}{number % 60:02}_{number:06x}"
        project, name = f"project_{number // 1000}", f"experiment_{number // 100 % 10}"
        folder = root / project / name / "runs" / run_id
        folder.mkdir(parents=True)
        created = 1.7e9 + number * 60
        best = {"best_metric_value": chance.random(), "best_metric_name": "acc", "best_metric_step": steps}
        hour_ago = time.time() - 3600
        documents = {
            "meta.json": {"id": run_id, "project": project, "name": name, "created_at": created, "pid": 4242},
            "status.json": {"status": "finished", "started_at": created, "ended_at": created + 50},
            "summary.json": {**best, "best_metric_mode": "max", "final_loss": chance.random()},
            "config.json": {"lr": 10 ** -chance.uniform(1, 5), "seed": number % 5, "model": {"depth": number % 7}},
        }
        for file, document in documents.items():
            (folder / file).write_text(json.dumps(document, indent=2))
        with (folder / "events.jsonl").open("w") as file:
            for step in range(1, steps + 1):
                data = {"loss": 1 / step, "acc": chance.random(), "global_step": step, "time": created + step}
                file.write(json.dumps({"ts": created + step, "type": "metrics", "data": data}) + "\n")
        for path in (*folder.iterdir(), folder):
            os.utime(path, (hour_ago, hour_ago))


def measure(root: Path, cache: Path) -> None:
    """Print the seconds of listing as JSON."""
    from runicorn.query import Reader

    started = time.perf_counter()
    reader = Reader(root, cache)
    runs = reader.runs.list_runs()
    cold = time.perf_counter() - started
    time.sleep(0.6)
    started = time.perf_counter()
    reader.runs.list_runs()
    refresh = time.perf_counter() - started
    started = time.perf_counter()
    reader.runs.list_runs()
    warm = time.perf_counter() - started
    status = runs[len(runs) // 2].files.status
    status.write_text(json.dumps({"status": "failed"}))
    started = time.perf_counter()
    while reader.runs.get(runs[len(runs) // 2].id).status != "failed":
        time.sleep(0.01)
    seen = time.perf_counter() - started
    status.write_text(json.dumps({"status": "finished"}))
    reader.close()
    print(json.dumps({"runs": len(runs), "cold": cold, "refresh": refresh, "warm": warm, "change seen": seen}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--measure", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "root", Path(folder) / "cache"
        build_root(root, options.runs)
        command = [sys.executable, __file__, "--measure", str(root), str(cache)]
        for title in ("no snapshot", "snapshot", "snapshot"):
            answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            print(f"{title:>12}: " + ", ".join(f"{key} {value:.4g}" for key, value in answer.items()))


if __name__ == "__main__":
    main()
