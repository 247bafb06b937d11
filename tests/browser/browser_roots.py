"""Storage roots the browser tests look at, written by hand as any other program might."""

from __future__ import annotations

import json
import math
import os
import random
import socket
import time
from pathlib import Path
from typing import Any

from PIL import Image

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{7*7}}",
    "${7*7}",
    "</script><script>alert(1)</script>",
)


def write_run(
    root: Path,
    run_id: str,
    *,
    project: str = "vision",
    name: str = "resnet18",
    status: str = "finished",
    steps: int = 300,
    lr: float = 0.1,
    config: dict[str, Any] | None = None,
    extra: dict[str, float] | None = None,
    tags: tuple[str, ...] = (),
    nonfinite: dict[int, float] | None = None,
    images: int = 0,
    live: bool = False,
) -> Path:
    """Write a run with believable learning curves; `nonfinite` replaces the loss at some steps."""
    folder = root / project / name / "runs" / run_id
    (folder / "media").mkdir(parents=True)
    started = time.time() - steps
    pid = os.getpid() if live else 999_999_999
    meta = {"id": run_id, "project": project, "name": name, "created_at": started, "pid": pid, "python": "3.11.7"}
    _write(folder / "meta.json", {**meta, "hostname": socket.gethostname()})
    ended = {} if live else {"ended_at": started + steps}
    _write(folder / "status.json", {"status": status, "started_at": started, **ended})
    _write(folder / "config.json", {"lr": lr, "batch_size": 128, "optim": {"name": "sgd"}, **(config or {})})
    _write(
        folder / "summary.json", {"best_metric_name": "val/accuracy", "best_metric_value": 0.9 + lr / 100, "epochs": 3}
    )
    _write(folder / "labels.json", {"tags": list(tags)})
    noise = random.Random(run_id)
    with (folder / "events.jsonl").open("w", encoding="utf-8") as events:
        for step in range(steps):
            values = _values(step / steps, lr, noise, extra or {})
            if nonfinite and step in nonfinite:
                values["train/loss"] = nonfinite[step]
            events.write(_event(started + step, "metrics", {**values, "global_step": step, "time": started + step}))
        for index in range(images):
            events.write(_image(folder, index, started))
    (folder / "logs.txt").write_text(_log(steps), encoding="utf-8")
    return folder


def append_step(folder: Path, step: int, **values: float) -> None:
    """Log one more step, as a training process would."""
    now = time.time()
    with (folder / "events.jsonl").open("a", encoding="utf-8") as events:
        events.write(_event(now, "metrics", {**values, "global_step": step, "time": now}))


def write_gallery(root: Path) -> None:
    """A root as a team has it after a week: a sweep, a failure, a live run, hostile texts, many metrics."""
    for index, lr in enumerate((0.1, 0.03, 0.01, 0.003, 0.001)):
        for model in ("resnet18", "resnet34"):
            run_id = f"2025060{index + 1}_120000_a1b2{index}{len(model) % 10}"
            write_run(
                root,
                run_id if model == "resnet18" else run_id[:-2] + "ff",
                name=model,
                lr=lr,
                tags=("sweep",),
                images=3,
            )
    bad = {40: math.nan, 41: math.nan, 80: math.inf, 120: -math.inf}
    write_run(root, "20250606_120000_bad0bd", status="failed", nonfinite=bad)
    write_run(root, "20250607_120000_11ff11", status="running", steps=150, live=True)
    write_run(root, "20250608_120000_cccccc", extra={f"layer{i:03d}/weight_norm": i / 10 for i in range(150)})
    write_hostile(root)


def write_hostile(root: Path) -> Path:
    """A run all of whose texts try to become markup (case 58)."""
    folder = write_run(
        root,
        "20250609_120000_dddddd",
        project=HOSTILE[0].replace("<", "‹") if os.name == "nt" else HOSTILE[0],
        name=HOSTILE[1],
        config={text: text for text in HOSTILE},
        extra=dict.fromkeys((*HOSTILE, "a, b"), 1.0),
        tags=(*HOSTILE, "javascript:alert(1)"),
    )
    with (folder / "events.jsonl").open("a", encoding="utf-8") as events:
        events.write("not json\n[1]\n")
    _write(folder / "labels.json", {"tags": list(HOSTILE), "notes": "".join(HOSTILE) + "\u2028\u2029"})
    return folder


def _values(share: float, lr: float, noise: random.Random, extra: dict[str, float]) -> dict[str, float]:
    pace = 8 * lr / (lr + 0.003)
    loss = 2.3 * math.exp(-pace * share)
    return {
        "train/loss": loss + noise.gauss(0, 0.04) + 0.1,
        "train/accuracy": 0.98 - loss / 2.6 + noise.gauss(0, 0.01),
        "val/loss": loss + 0.1 * share + 0.12,
        "val/accuracy": 0.95 - loss / 2.6,
        "lr": lr * (1 + math.cos(math.pi * share)) / 2,
        **{name: value + noise.gauss(0, 0.02) for name, value in extra.items()},
    }


def _event(ts: float, kind: str, data: dict[str, Any]) -> str:
    return json.dumps({"ts": ts, "type": kind, "data": data}) + "\n"


def _image(folder: Path, index: int, started: float) -> str:
    path = f"media/{index}_samples.png"
    Image.new("RGB", (48, 48), (40 + 60 * index, 90, 160)).save(folder / path)
    data = {"key": "samples", "path": path, "step": 100 * index, "caption": f"after {100 * index} steps"}
    return _event(started, "image", data)


def _log(steps: int) -> str:
    lines = [f"12:00:00 | step {step:4d} \x1b[32mloss\x1b[0m {2.3 / (1 + step):.4f}" for step in range(0, steps, 2)]
    hostile = "12:00:01 | \x1b]8;;javascript:alert(1)\x1b\\link\x1b]8;;\x1b\\ <b>bold</b>\x1b[2J"
    return "\n".join([*lines, "12:00:01 |  10%|#\r100%|########## done", hostile]) + "\n"


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
