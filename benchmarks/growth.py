"""How the reading side grows with the number of runs and with the length of a run.

    python benchmarks/growth.py [--runs 100,1000,10000] [--steps 10000,100000,1000000] [--repeat 3]

Prints Markdown tables of medians, in seconds. Every repetition is a process of its own with an empty cache folder, but
for the figures of a second process, which finds the caches of the first.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from query_list import build_root
from query_million import build_run

HERE = Path(__file__).resolve().parent
LIST = ("list, new process, no snapshot", "list, new process, snapshot", "refresh", "list, warm")
STEPS = ("first", "second", "zoom", "update", "peak_mib")


def ask(script: str, *arguments: Path) -> Any:
    """Return what another benchmark measures in a process of its own."""
    command = [sys.executable, str(HERE / script), "--measure", *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def measure_runs(runs: int, repeat: int) -> dict[str, list[float]]:
    """Return the seconds of lists, filtered pages and SQL over `runs` runs of three steps."""
    answers: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        build_root(Path(folder) / "root", runs)
        for number in range(repeat):
            cache = Path(folder) / f"cache-{number}"
            first, second = (ask("query_list.py", Path(folder) / "root", cache) for _ in range(2))
            figures = zip(LIST, (first["cold"], second["cold"], second["refresh"], second["warm"]), strict=True)
            questions = ask("query_sql.py", Path(folder) / "root", cache)
            for name, value in [*figures, *((name, later) for name, (_, later, _) in questions.items())]:
                answers.setdefault(name, []).append(value)
    return answers


def measure_steps(steps: int, repeat: int) -> dict[str, list[float]]:
    """Return the seconds of charts of a run of `steps` steps of five metrics, and the memory they take."""
    answers: dict[str, list[float]] = {name: [] for name in STEPS}
    for _ in range(repeat):
        with tempfile.TemporaryDirectory() as folder:
            build_run(Path(folder) / "root", steps)
            answer = ask("query_million.py", Path(folder) / "root")
        for name in STEPS:
            answers[name].append(answer[name])
    return answers


def print_table(title: str, columns: dict[int, dict[str, list[float]]]) -> None:
    """Print a row for each figure and a column for each size."""
    print(f"\n| {title} | {' | '.join(f'{size:,}' for size in columns)} |\n|---|{'---|' * len(columns)}")
    for name in next(iter(columns.values())):
        medians = (statistics.median(figures[name]) for figures in columns.values())
        print(f"| {name} | {' | '.join(f'{median:.3g}' for median in medians)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", default="100,1000,10000")
    parser.add_argument("--steps", default="10000,100000,1000000")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    runs, steps = (list(map(int, text.split(","))) if text else [] for text in (options.runs, options.steps))
    if runs:
        print_table("runs", {size: measure_runs(size, options.repeat) for size in runs})
    if steps:
        print_table("steps", {size: measure_steps(size, options.repeat) for size in steps})


if __name__ == "__main__":
    main()
