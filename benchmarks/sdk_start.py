"""What a script waits for before it trains: `import runicorn` and the first `init`, in new processes.

    python benchmarks/sdk_start.py [--processes 20]

Beside it, in turns, the import of what it cannot do without: orjson and, of Python's own, pathlib, threading, typing.
The aim: `import runicorn` under 50 ms, `init` with its default settings under 20 ms, `finish` under 50 ms. Measure the
installed package: from a checkout without byte code every process compiles the source first.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile

FLOOR = """
from time import perf_counter
start = perf_counter()
import orjson, pathlib, threading, typing
print(1000 * (perf_counter() - start))
"""
SCRIPT = """
from time import perf_counter
times = [perf_counter()]
import runicorn
times.append(perf_counter())
run = runicorn.init(project="benchmark")
times.append(perf_counter())
run.log(loss=0.5)
times.append(perf_counter())
run.finish()
times.append(perf_counter())
print(*(1000 * (after - before) for before, after in zip(times, times[1:])))
"""
CALLS = ("floor", "import", "init", "first log", "finish")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processes", type=int, default=20)
    rows = [[*_run(FLOOR), *_run(SCRIPT)] for _ in range(parser.parse_args().processes)]
    for call, times in zip(CALLS, zip(*rows, strict=True), strict=True):
        print(f"{call:10} median {statistics.median(times):6.1f} ms   {min(times):.1f} to {max(times):.1f} ms")


def _run(source: str) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", source], cwd=folder, capture_output=True, text=True, check=True)
    return [float(text) for text in done.stdout.split()]


if __name__ == "__main__":
    main()
