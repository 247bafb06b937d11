"""SQL, search and sorted pages over many runs.

    python benchmarks/query_sql.py [--runs 10000] [--steps 100]

Each figure is the median of five, in one process after its first (which writes the Parquet packs and the fact book).
Every search asks for another bound than the one before, as an answer to the same question is remembered.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from query_list import build_root

ASKED = count()
QUESTIONS = {
    "sql: min loss of every run": lambda reader: reader.sql(
        "SELECT run_id, min(value) FROM metrics WHERE metric = 'loss' GROUP BY ALL"
    ).fetchall(),
    "sql: mean curve of a project": lambda reader: reader.sql(
        "SELECT step, avg(value) FROM metrics WHERE metric = 'acc' AND project = 'project_0' GROUP BY ALL ORDER BY step"
    ).fetchall(),
    "sql: one run": lambda reader: reader.sql(
        "SELECT * FROM metrics WHERE run_id = ?", [reader.runs.list_runs()[0].id]
    ).fetchall(),
    "page of 50 of a filter on config, sorted by summary": lambda reader: reader.search(
        f"config.lr < {1e-3 + next(ASKED) * 1e-9} and status = finished", order_by="summary.final_loss", limit=50
    ),
    "page of 50 of a filter on a metric": lambda reader: reader.search(
        f"metrics.acc.max > {0.9 + next(ASKED) * 1e-9}", order_by="metrics.acc.max", limit=50
    ),
}


def measure(root: Path, cache: Path) -> None:
    """Print seconds of each question's first answer and the median of five later ones, as JSON."""
    from runicorn.query import Reader

    answers = {}
    with Reader(root, cache) as reader:
        for title, ask in QUESTIONS.items():
            times = []
            for _ in range(6):
                started = time.perf_counter()
                ask(reader)
                times.append(time.perf_counter() - started)
            answers[title] = (times[0], statistics.median(times[1:]), max(times[1:]) - min(times[1:]))
    print(json.dumps(answers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--measure", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "root", Path(folder) / "cache"
        build_root(root, options.runs, steps=options.steps)
        command = [sys.executable, __file__, "--measure", str(root), str(cache)]
        for title in ("first process", "second process"):
            answers = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            print(f"{title}, {options.runs:,} runs of {options.steps:,} steps: seconds first, median of five, spread")
            for question, (first, median, spread) in answers.items():
                print(f"  {question:<55} {first:8.3f} {median:8.3f} {spread:8.3f}")


if __name__ == "__main__":
    main()
