"""The first chart of a long run: one million steps of five metrics, read cold and warm.

    python benchmarks/query_million.py [--steps 1000000] [--keep FOLDER]

Builds the run with the SDK's line format, then in a process of its own asks for the table of 2,000 rows as JSON, twice,
for all curves in a range of 10,000 steps, and for the table again after 100 new steps. Prints the times beside those
of a plain Python JSON pass over the same file and of a bare DuckDB scan of its columns.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
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
        "lr": 1e-3 * 0.999999**step,
        "grad_norm": abs(math.cos(step)) * 3,
        "val_loss": 1.1 / step,
        "global_step": step,
        "time": ts,
    }
    return json.dumps({"ts": ts, "type": "metrics", "data": data}).encode() + b"\n"


def measure(root: Path) -> None:
    """Print the seconds of the first and the second answer and the peak of memory, as JSON."""
    started = time.perf_counter()
    from runicorn.query import Reader

    with Reader(root, root.parent / "cache") as reader:
        imported = time.perf_counter()
        run = reader.runs.get(RUN_ID)
        first = _answer(reader, run)
        second = _answer(reader, run)
        zoom = _zoom(reader, run)
        with run.files.events.open("ab") as file:
            file.writelines(_line(10**7 + step) for step in range(100))
        update = _answer(reader, run)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = {"first": first, "second": second, "zoom": zoom, "update": update}
    print(json.dumps({"import": imported - started, **times, "peak_mib": peak}))


def _answer(reader, run) -> float:
    started = time.perf_counter()
    body = reader.metrics.by_step(run, max_rows=2000).to_json()
    assert len(json.loads(body)["rows"]) == 2000
    return time.perf_counter() - started


def _zoom(reader, run) -> float:
    started = time.perf_counter()
    answer = reader.metrics.series(run, start=10_000, stop=20_000, max_points=2000)
    assert len(answer.series) == 5
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = build_run(Path(folder) / "root", options.steps)
        command = [sys.executable, __file__, "--measure", str(Path(folder) / "root")]
        answers, plain, bare = [], [], []
        for _ in range(3):
            plain.append(json_pass(path))
            answers.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
            bare.append(bare_scan(path))
        print(f"{options.steps:,} steps, {path.stat().st_size / 1e6:.0f} MB, medians of 3, each in turn")
        base = statistics.median(plain)
        print(f"{'Python json pass':>24} {base:8.3f} s")
        medians = {"bare DuckDB scan": statistics.median(bare)}
        for name in ("first", "second", "zoom", "update"):
            medians[name] = statistics.median(answer[name] for answer in answers)
        for name, median in medians.items():
            print(f"{name:>24} {median:8.3f} s  {base / median:8.1f} times faster")
        print(f"{'peak memory':>24} {max(answer['peak_mib'] for answer in answers):8.0f} MiB")


if __name__ == "__main__":
    main()
