"""What one call of `run.log` with five scalars costs, beside a bare `orjson.dumps` and `os.write` of the same line.

    python benchmarks/sdk_log.py [--events 20000]

Both are timed in turns in one process, so that their ratio means something on a busy machine. The aim: a median of at
most 3 times the floor, and a 99th percentile under 10 times the floor's median.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson

import runicorn

BLOCK = 200


def measure(folder: Path, events: int) -> dict[str, list[int]]:
    """Return the nanoseconds of every call of both, timed in alternating blocks."""
    run = runicorn.init("benchmark", storage=folder, capture_env=False)
    descriptor = os.open(folder / "floor.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def floor(values: dict[str, float], step: int) -> None:
        now = time.time()
        event = {"ts": now, "type": "metrics", "data": {**values, "global_step": step, "time": now}}
        os.write(descriptor, orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))

    timings: dict[str, list[int]] = {"floor": [], "log": []}
    for first in range(0, events, BLOCK):
        steps = range(first, first + BLOCK)
        timings["floor"] += _time(floor, steps)
        timings["log"] += _time(lambda values, step: run.log(values), steps)
    started = time.perf_counter()
    run.finish()
    timings["finish"] = [int((time.perf_counter() - started) * 1e9)]
    os.close(descriptor)
    return timings


def _time(call: Callable[[dict[str, float], int], None], steps: range) -> list[int]:
    clock = time.perf_counter_ns
    spent = []
    for step in steps:
        values = {"loss": 1.5 / (step + 1), "accuracy": 0.875, "lr": 0.001, "grad_norm": 2.25, "epoch_time": 1.125}
        started = clock()
        call(values, step)
        spent.append(clock() - started)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=20_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        timings = measure(Path(folder), arguments.events)
    floor, log = (statistics.quantiles(timings[name], n=100) for name in ("floor", "log"))
    print(f"floor   median {floor[49] / 1000:6.1f} us   p99 {floor[98] / 1000:6.1f} us")
    print(f"log     median {log[49] / 1000:6.1f} us   p99 {log[98] / 1000:6.1f} us")
    print(f"ratio   median {log[49] / floor[49]:6.2f}      p99 to the floor's median {log[98] / floor[49]:6.2f}")
    print(f"finish  {timings['finish'][0] / 1e6:.1f} ms")


if __name__ == "__main__":
    main()
