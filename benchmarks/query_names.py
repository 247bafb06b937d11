"""A run with very many metrics, and what it costs the runs beside it.

    python benchmarks/query_names.py [--names 100000]

Writes a run with so many metrics of two values each, a hundred to an event, beside 50 runs of 1,000 steps of one.
Prints the seconds of what a page asks: what is to be said about each metric, one curve, the whole page; of the first
and the next search by a metric over all runs; of SQL about one small run and about all; and the highest memory in MiB.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

LARGE, SMALL = "20250601_120000_aaaaaa", "20250601_130000_bbbb{:02}"
PER_EVENT = 100
LOWEST = "SELECT run_id, min(value) FROM metrics WHERE metric = 'loss' GROUP BY ALL"
OF_ONE = "SELECT min(value) FROM metrics WHERE metric = 'loss' AND run_id = ?"


def build_root(root: Path, names: int) -> None:
    """Write the runs."""
    large = (
        {f"layer{number}/weight": number * 0.5 for number in range(first, min(first + PER_EVENT, names))}
        | {"global_step": step}
        for step in (1, 2)
        for first in range(0, names, PER_EVENT)
    )
    _build_run(root, LARGE, large)
    for number in range(50):
        _build_run(root, SMALL.format(number), ({"loss": 1 / step, "global_step": step} for step in range(1, 1001)))


def _build_run(root: Path, run_id: str, events: Iterable[Mapping[str, float]]) -> None:
    folder = root / "names" / "one" / "runs" / run_id
    folder.mkdir(parents=True)
    folder.joinpath("meta.json").write_text(json.dumps({"id": run_id, "project": "names", "created_at": 1.7e9}))
    folder.joinpath("status.json").write_text(json.dumps({"status": "finished"}))
    with folder.joinpath("events.jsonl").open("w") as file:
        for number, data in enumerate(events):
            file.write(json.dumps({"ts": 1.7e9 + number, "type": "metrics", "data": data}) + "\n")


def measure(root: Path, cache: Path) -> None:
    """Print the figures of one process."""
    from runicorn.export.context import run_page
    from runicorn.query import Reader

    with Reader(root, cache) as reader:
        small, large = reader.runs.get(SMALL.format(0)), reader.runs.get(LARGE)
        questions: dict[str, Callable[[], object]] = {
            "facts of a small run, with imports": lambda: reader.metrics.facts(small),
            "facts of the large run, first": lambda: reader.metrics.facts(large),
            "facts of the large run, again": lambda: reader.metrics.facts(large),
            "one curve of the large run": lambda: reader.metrics.series(large, ["layer5/weight"]),
            "page of the large run": lambda: run_page(reader, LARGE),
            "page of a small run": lambda: run_page(reader, small.id),
            "search by a metric, first": lambda: reader.search("metrics.loss.last < 0.5"),
            "search by a metric, next": lambda: reader.search("metrics.loss.last < 0.6"),
            "SQL about a small run": lambda: reader.sql(OF_ONE, [small.id]).fetchall(),
            "SQL about all runs": lambda: reader.sql(LOWEST).fetchall(),
        }
        for what, ask in questions.items():
            started = time.perf_counter()
            ask()
            print(f"{what:>40} {time.perf_counter() - started:8.3f}", flush=True)
    print(f"{'highest memory, MiB':>40} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build_root(Path(folder) / "root", options.names)
        measure(Path(folder) / "root", Path(folder) / "cache")


if __name__ == "__main__":
    main()
