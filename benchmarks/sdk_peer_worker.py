"""One tracker's part of `sdk_peers.py`, run in that tracker's own environment: `NAME speed|kill|count EVENTS`."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import struct
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

Log = Callable[[dict[str, float], int], Any]


def runicorn() -> tuple[Log, Callable[[], Any]]:
    import runicorn

    run = runicorn.init("p", storage="root", capture_env=False)
    return lambda values, step: run.log(values, step=step), run.finish


def tensorboardx() -> tuple[Log, Callable[[], Any]]:
    from tensorboardX import SummaryWriter

    writer = SummaryWriter("runs")

    def log(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)

    return log, writer.close


def dvclive() -> tuple[Log, Callable[[], Any]]:
    from dvclive import Live

    live = Live("live", save_dvc_exp=False, report=None)

    def log(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            live.log_metric(name, value)
        live.next_step()

    return log, live.end


def trackio() -> tuple[Log, Callable[[], Any]]:
    os.environ["TRACKIO_DIR"] = os.path.abspath("trackio")
    import trackio

    trackio.init(project="p", embed=False)
    return lambda values, step: trackio.log(values, step=step), trackio.finish


def wandb() -> tuple[Log, Callable[[], Any]]:
    import wandb

    run = wandb.init(project="p", mode="offline", dir=".", settings=wandb.Settings(silent=True))
    return lambda values, step: run.log(values, step=step), run.finish


def mlflow() -> tuple[Log, Callable[[], Any]]:
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.start_run()
    return lambda values, step: mlflow.log_metrics(values, step=step), mlflow.end_run


STARTS = {
    "runicorn": runicorn,
    "published": runicorn,
    "tensorboardx": tensorboardx,
    "dvclive": dvclive,
    "trackio": trackio,
    "wandb": wandb,
    "mlflow": mlflow,
}
PACKAGES = {"published": "runicorn", "tensorboardx": "tensorboardX"}


def count_lines() -> int:
    """Whole events of events.jsonl."""
    (path,) = Path("root").rglob("events.jsonl")
    return sum(json.loads(line)["type"] == "metrics" for line in path.read_bytes().split(b"\n")[:-1])


def count_records() -> int:
    """Whole records of TensorBoard's event file, without the one for its version, by five per event."""
    (path,) = Path("runs").glob("events*")
    content, position, records = path.read_bytes(), 0, 0
    while position + 12 <= len(content):
        (length,) = struct.unpack_from("<Q", content, position)
        position += 12 + length + 4
        records += position <= len(content)
    return max(0, records - 1) // 5


def count_tables() -> int:
    """Rows of the metric with the fewest."""
    return min(len(path.read_text().splitlines()) - 1 for path in Path("live/plots/metrics").rglob("*.tsv"))


def count_rows(folder: str, query: str) -> int:
    """What a query counts in the one database."""
    found = [path for path in Path(folder).rglob("*.db") if path.stat().st_size]
    with sqlite3.connect(found[0]) as database:
        return int(database.execute(query).fetchone()[0])


def count_history() -> int:
    """History records of W&B's log: blocks of 32 kB holding chunks, a record being one chunk or a first to a last."""
    from wandb.proto.wandb_internal_pb2 import Record

    (path,) = Path("wandb").rglob("*.wandb")
    content, position, record, count = path.read_bytes(), 7, b"", 0
    while position + 7 <= len(content):
        room = 32768 - position % 32768
        if room < 7:
            position += room
            continue
        _, length, kind = struct.unpack_from("<IHB", content, position)
        chunk = content[position + 7 : position + 7 + length]
        if kind == 0 or len(chunk) < length:
            break
        record = chunk if kind in (1, 2) else record + chunk
        position += 7 + length
        if kind in (1, 4):
            count += Record.FromString(record).WhichOneof("record_type") == "history"
    return count


COUNTS: dict[str, Callable[[], int]] = {
    "runicorn": count_lines,
    "published": count_lines,
    "tensorboardx": count_records,
    "dvclive": count_tables,
    "trackio": lambda: count_rows("trackio", "SELECT count(*) FROM metrics"),
    "wandb": count_history,
    "mlflow": lambda: count_rows(".", "SELECT count(*) / 5 FROM metrics"),
}


def log_all(log: Log, events: int) -> list[float]:
    """Log, and return the microseconds of every call."""
    spent = []
    for step in range(events):
        values = {"loss": 1.5 / (step + 1), "accuracy": 0.875, "lr": 0.001, "grad_norm": 2.25, "epoch_time": 1.125}
        started = time.perf_counter_ns()
        log(values, step)
        spent.append((time.perf_counter_ns() - started) / 1000)
    return spent


def main() -> None:
    name, what, events = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if what == "count":
        try:
            print(COUNTS[name]())
        except (IndexError, ValueError, sqlite3.Error):
            print(0)
        return
    log, finish = STARTS[name]()
    spent = log_all(log, events)
    if what == "kill":
        print("LOGGED", flush=True)
        time.sleep(60)
    finish()
    answer = {
        "version": version(PACKAGES.get(name, name)),
        "per_second": events / (sum(spent) / 1e6),
        "p99_us": statistics.quantiles(spent, n=100)[98],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
