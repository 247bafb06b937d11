"""One tracker's part of `compare.py`, run in that tracker's own environment and folder.

    peer_writer.py TRACKER long STEPS       one run of STEPS steps with spikes, NaN and a late metric in known places
    peer_writer.py TRACKER many RUNS STEPS  RUNS finished runs
    peer_writer.py TRACKER grow LAST        go on with the long run after step LAST: 100 steps for each line read

Every tracker gets the same scalars through its own writer, in the fastest way its documentation offers.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Values = dict[str, float]
ODDITIES = 10
"""How many spikes and how many NaN the long run holds."""
NAMES = ("loss", "acc", "lr", "grad_norm", "late")
GROWTH = 100


def odd_steps(steps: int, shift: float) -> list[int]:
    """Steps spread evenly over a run of `steps`, `shift` (0 to 1) between two of them."""
    return [int(steps * (number + shift) / ODDITIES) + 3 for number in range(ODDITIES)]


def long_values(steps: int) -> Iterator[tuple[int, Values]]:
    """The scalars of the long run: spikes of 1000 in `loss`, NaN in `grad_norm`, `late` from three quarters on."""
    spikes, gaps = set(odd_steps(steps, 0.4)), set(odd_steps(steps, 0.7))
    for step in range(1, steps + 1):
        values = plain_values(step)
        if step in spikes:
            values["loss"] = 1000.0
        if step in gaps:
            values["grad_norm"] = math.nan
        if step > steps * 3 // 4:
            values["late"] = 1.1 / step
        yield step, values


def plain_values(step: int) -> Values:
    """The four scalars that every step has."""
    return {
        "loss": 1 / step + 0.1 * math.sin(step),
        "acc": 1 - 1 / step,
        "lr": 1e-3 * 0.999999**step,
        "grad_norm": abs(math.cos(step)) * 3,
    }


class Runicorn:
    """This project."""

    def __init__(self, name: str, config: dict[str, Any], *, resume: bool = False) -> None:
        import runicorn

        known = next(Path("root").glob(f"bench/{name}/runs/*"), None) if resume else None
        more: dict[str, Any] = {"run_id": known.name, "resume": "must"} if known else {}
        self.run = runicorn.init("bench", "root", name=name, config=config, capture_env=False, **more)

    def log(self, step: int, values: Values) -> None:
        self.run.log(values, step=step)

    def flush(self) -> None:
        """Every event is written when `log` returns."""

    def finish(self) -> None:
        self.run.finish()


class Runicorn07(Runicorn):
    """The published 0.7.2, whose writer takes a path and a configuration apart."""

    def __init__(self, name: str, config: dict[str, Any], *, resume: bool = False) -> None:
        import runicorn

        mark = Path("long-run-id")
        known = {"run_id": mark.read_text()} if resume else {}
        self.run = runicorn.init(f"bench/{name}", "root", **known)
        self.run.log_config(extra=config)
        if name == "long":
            mark.write_text(self.run.id)


class TensorBoard:
    """Event files by tensorboardX."""

    def __init__(self, name: str, config: dict[str, Any], *, resume: bool = False) -> None:
        from tensorboardX import SummaryWriter

        self.writer = SummaryWriter(f"runs/{name}")

    def log(self, step: int, values: Values) -> None:
        for name, value in values.items():
            self.writer.add_scalar(name, value, step)

    def flush(self) -> None:
        """Its flush leaves out what its thread has not taken yet."""
        time.sleep(0.5)
        self.writer.flush()

    def finish(self) -> None:
        self.writer.close()


class MLflow:
    """SQLite behind MLflow's client; metrics go in batches of a thousand, the most it takes at once."""

    BATCH = 1000

    def __init__(self, name: str, config: dict[str, Any], *, resume: bool = False) -> None:
        from mlflow import MlflowClient
        from mlflow.entities import Param

        self.client = MlflowClient("sqlite:///mlflow.db")
        experiment = self.client.get_experiment_by_name("bench")
        place = experiment.experiment_id if experiment else self.client.create_experiment("bench")
        if resume:
            self.id = self.client.search_runs([place], f"attributes.run_name = '{name}'")[0].info.run_id
        else:
            self.id = self.client.create_run(place, run_name=name).info.run_id
            self.client.log_batch(self.id, params=[Param(key, str(value)) for key, value in config.items()])
        self.waiting: list[Any] = []

    def log(self, step: int, values: Values) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self.waiting += [Metric(name, value, now, step) for name, value in values.items()]
        if len(self.waiting) > self.BATCH - len(NAMES):
            self.flush()

    def flush(self) -> None:
        self.client.log_batch(self.id, metrics=self.waiting)
        self.waiting = []

    def finish(self) -> None:
        self.flush()
        self.client.set_terminated(self.id)


class Trackio:
    """trackio, which has one SQLite file for each project.

    `finish` drops what its thread could not write within 30 seconds (of a million steps a third was lost), so that the
    run is ended and resumed now and then.
    """

    CHUNK = 50_000

    def __init__(self, name: str, config: dict[str, Any], *, resume: bool = False) -> None:
        import trackio

        self.trackio, self.name, self.config, self.steps = trackio, name, config, 0
        self.start("must" if resume else "never")

    def start(self, resume: str) -> None:
        self.trackio.init("bench", name=self.name, config=self.config, resume=resume, embed=False)

    def log(self, step: int, values: Values) -> None:
        self.trackio.log(values, step=step)
        self.steps += 1
        if self.steps % self.CHUNK == 0:
            self.trackio.finish()
            self.start("must")

    def flush(self) -> None:
        """Its thread writes what waits within half a second."""

    def finish(self) -> None:
        self.trackio.finish()


class Aim:
    """Aim, which has a RocksDB for each run."""

    def __init__(self, name: str, config: dict[str, Any], *, resume: bool = False) -> None:
        import aim

        mark = Path("long-run-id")
        known = mark.read_text() if resume else None
        self.run = aim.Run(known, repo=".", experiment="bench", system_tracking_interval=None, log_system_params=False)
        self.run.name = name
        self.run["config"] = config
        if name == "long":
            mark.write_text(self.run.hash)

    def log(self, step: int, values: Values) -> None:
        for name, value in values.items():
            self.run.track(value, name=name, step=step)

    def flush(self) -> None:
        """Its writer has no flush."""

    def finish(self) -> None:
        self.run.close()


TRACKERS: dict[str, Any] = {
    "this": Runicorn,
    "runicorn072": Runicorn07,
    "tensorboard": TensorBoard,
    "mlflow": MLflow,
    "trackio": Trackio,
    "aim": Aim,
}


def write_long(tracker: Any, steps: int) -> None:
    run = tracker("long", {"lr": 0.001})
    for step, values in long_values(steps):
        run.log(step, values)
    run.finish()


def write_many(tracker: Any, runs: int, steps: int) -> None:
    """Write finished runs; those with `lr` under 0.001 are about half."""
    chance = random.Random(1)
    for number in range(runs):
        run = tracker(f"run_{number}", {"lr": 10 ** -chance.uniform(1, 5), "seed": number % 5})
        for step in range(1, steps + 1):
            run.log(step, {"loss": chance.random() / step, "acc": chance.random()})
        run.finish()


def grow(tracker: Any, steps: int) -> None:
    """Log 100 steps for each line of standard input and answer it with the last step."""
    run = tracker("long", {"lr": 0.001}, resume=True)
    print(steps, flush=True)
    for _ in sys.stdin:
        for step in range(steps + 1, steps + GROWTH + 1):
            run.log(step, {**plain_values(step), "late": 1.1 / step})
        run.flush()
        steps += GROWTH
        print(steps, flush=True)
    run.finish()


def main() -> None:
    tracker, what, *numbers = TRACKERS[sys.argv[1]], sys.argv[2], *map(int, sys.argv[3:])
    work: dict[str, Callable[..., None]] = {"long": write_long, "many": write_many, "grow": grow}
    started = time.perf_counter()
    work[what](tracker, *numbers)
    print(json.dumps({"written_s": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
