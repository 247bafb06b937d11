"""Curves of long runs of five metrics: first seen, seen again, seen by the next process, zoomed and growing.

    python benchmarks/query_million.py [--steps 10000 100000 1000000 10000000] [--repeats 3]

Builds each run with the SDK's line format. Processes of their own ask for the table of 2,000 rows as JSON and for all
curves of 2,000 points: without any cache, again in the same process, in a range, after 100 new steps (the first time
and the median of five more times; also once its last 1,000 steps were logged again after a restart, and beside a second
writer), and in a new process that finds the Parquet copy of the first. Prints the times
beside those of a bare DuckDB scan of the same columns and of a plain Python JSON pass, and the peak memory of the
process that saw the run first.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RUN_ID = "20250601_120000_a1b2c3"


def build_run(root: Path, steps: int) -> Path:
    """Write a finished run of `steps` metrics events as `runicorn.init(...).log(...)` writes them."""
    folder = root / "bench" / "million" / "runs" / RUN_ID
    folder.mkdir(parents=True)
    folder.joinpath("meta.json").write_text(json.dumps({"id": RUN_ID, "project": "bench", "created_at": 1.7e9}))
    folder.joinpath("status.json").write_text(json.dumps({"status": "finished"}))
    with folder.joinpath("events.jsonl").open("w") as file:
        for step in range(1, steps + 1):
            file.write(_line(step).decode())
    return folder / "events.jsonl"


def _line(step: int) -> bytes:
    ts = 1.7e9 + step * 0.1
    data = {
        "loss": 1 / step + 0.1 * math.sin(step),
        "acc": 1 - 1 / step,
        "lr": 1e-3 * 0.999999 ** min(step, 10**7),
        "grad_norm": abs(math.cos(step)) * 3,
        "val_loss": 1.1 / step,
        "global_step": step,
        "time": ts,
    }
    return json.dumps({"ts": ts, "type": "metrics", "data": data}).encode() + b"\n"


def measure(root: Path, cache: Path) -> dict[str, float]:
    """Return the seconds of a process that sees the run first, and its peak of memory."""
    started = time.perf_counter()
    from runicorn.query import Reader

    with Reader(root, cache) as reader:
        run = reader.runs.get(RUN_ID)

        def table() -> None:
            assert len(reader.metrics.by_step(run, max_rows=2000).to_json()) > 1000

        def curves(**range_: float) -> None:
            assert len(reader.metrics.series(run, max_points=2000, **range_).series) == 5

        table()
        figures = {"first table, new process": time.perf_counter() - started}
        figures["the table again"] = seconds(table)
        figures["the curves, first asked"] = seconds(curves)
        figures["the curves again"] = seconds(curves)
        last = reader.metrics.series(run, []).total_steps
        figures["the curves of a hundredth"] = seconds(lambda: curves(start=last * 0.3, stop=last * 0.31))
        _await_copy(run.files.events, cache)
    figures["peak memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def measure_growth(root: Path, cache: Path) -> dict[str, float]:
    """Return the seconds of a process that finds the copy of the first one, and of updates while the run grows."""
    started = time.perf_counter()
    from runicorn.query import Reader

    with Reader(root, cache) as reader:
        run = reader.runs.get(RUN_ID)
        questions: dict[str, Callable[[], object]] = {
            "table": lambda: reader.metrics.by_step(run, max_rows=2000).to_json(),
            "table by time": lambda: reader.metrics.by_time(run, max_rows=2000).to_json(),
            "curves": lambda: reader.metrics.series(run, max_points=2000),
        }
        questions["table"]()
        figures = {"first table of the next process": time.perf_counter() - started}
        questions["curves"]()
        size = run.files.events.stat().st_size
        for what, ask in questions.items():
            updates = [_update(run.files.events, ask) for _ in range(6)]
            figures[f"100 new steps, first time, {what}"] = updates[0]
            figures[f"100 new steps, later, {what}"] = statistics.median(updates[1:])
        figures["peak memory of the next process, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        second = run.files.events.with_name("events.second.jsonl")
        for what, lines, file in (("after a restart", 1000, run.files.events), ("beside a second writer", 1, second)):
            last = reader.metrics.merged(run).steps[-1]
            with file.open("ab") as opened:
                opened.writelines(_line(int(last) - step) for step in reversed(range(lines)))
            figures[f"{what}, first"] = seconds(questions["curves"])
            updates = [_update(run.files.events, questions["curves"]) for _ in range(5)]
            figures[f"100 new steps, later, curves {what}"] = statistics.median(updates)
        second.unlink()
        os.truncate(run.files.events, size)
    return figures


def _await_copy(events: Path, cache: Path) -> None:
    """Wait until the next process can find what this one has read."""
    deadline = time.monotonic() + 120
    while events.stat().st_size > 16 << 20 and not list(cache.glob("charts/*.parquet")):
        if time.monotonic() > deadline:
            raise TimeoutError("no copy was written")
        time.sleep(0.1)


def _update(events: Path, ask: Callable[[], object]) -> float:
    """Seconds of an answer after 100 new steps."""
    first = 10**9 + events.stat().st_size
    with events.open("ab") as file:
        file.writelines(_line(first + step) for step in range(100))
    return seconds(ask)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def bare_scan(path: Path) -> float:
    """Seconds of a bare DuckDB scan of the same columns into NumPy arrays."""
    import duckdb

    names = ("loss", "acc", "lr", "grad_norm", "val_loss", "global_step", "time")
    struct = ", ".join(f"{name} DOUBLE" for name in names)
    columns = ", ".join(f"data.{name}" for name in names)
    started = time.perf_counter()
    with duckdb.connect() as connection:
        connection.execute(
            f"SELECT ts, {columns} FROM read_json(?, format = 'newline_delimited', "
            f"columns = {{ts: 'DOUBLE', type: 'VARCHAR', data: 'STRUCT({struct})'}})",
            [str(path)],
        ).fetchnumpy()
    return time.perf_counter() - started


def json_pass(path: Path) -> float:
    """Seconds that Python's json takes to parse every line of `path`, keeping nothing."""
    started = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            json.loads(line)
    return time.perf_counter() - started


def in_own_process(what: str, root: Path, cache: Path) -> dict[str, float]:
    """The figures of a function of this file, called in a new process."""
    command = [sys.executable, __file__, "--only", what, str(root), str(cache)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(answer.stdout)  # type: ignore[no-any-return]


def show_run(steps: int, repeats: int) -> None:
    """Build a run, measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "root", Path(folder) / "cache"
        path = build_run(root, steps)
        size = path.stat().st_size
        found: list[dict[str, float]] = []
        for _ in range(repeats):
            shutil.rmtree(cache, ignore_errors=True)
            figures = {"Python JSON pass": json_pass(path)} | in_own_process("measure", root, cache)
            figures |= in_own_process("measure_growth", root, cache)
            found.append(figures | {"bare DuckDB scan": bare_scan(path)})
    load = os.getloadavg()[0]
    print(f"\n{steps:,} steps, {size / 1e6:.0f} MB, medians of {repeats}, each in turn, load {load:.1f}")
    for name in found[0]:
        values = sorted(figures[name] for figures in found)
        print(f"{name:>40} {statistics.median(values):10.4f}   ({values[0]:.4f} to {values[-1]:.4f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        work = {"measure": measure, "measure_growth": measure_growth}[options.only[0]]
        print(json.dumps(work(*map(Path, options.only[1:]))))
        return
    for steps in options.steps:
        show_run(steps, options.repeats)


if __name__ == "__main__":
    main()
