"""`log` beside other trackers: calls per second, 99th percentile, bytes on disk, and what a SIGKILL leaves.

    python benchmarks/sdk_peers.py --environments FOLDER [--events 2000] [--only runicorn,dvclive]

Every tracker lives in a virtual environment of its own, FOLDER/<name>, made when it is not there. Each logs the same
five scalars per call, in its plainest local setting, in a fresh process and folder. For the last column a second
process logs 500 events, says so, and is killed at once; its folder is then read as that tracker would read it.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from environments import find_python

HERE = Path(__file__).resolve()
PEERS = {
    "runicorn": str(HERE.parent.parent),
    "published": "runicorn==0.5.3",
    "tensorboardx": "tensorboardX",
    "dvclive": "dvclive",
    "trackio": "trackio",
    "wandb": "wandb",
    "mlflow": "mlflow",
}
WORKER = HERE.parent / "sdk_peer_worker.py"
KILLED_EVENTS = 500
GRACE_S = 5.0
"""For trackers with a process of their own, which outlives the script."""


def measure(python: Path, name: str, events: int) -> dict[str, float]:
    """Return what one worker says about itself, and the size of what it wrote."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        done = subprocess.run(
            [python, WORKER, name, "speed", str(events)], cwd=folder, stdout=subprocess.PIPE, text=True, check=True
        )
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        written = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        return {**answer, "bytes_per_event": written / events}


def count_survivors(python: Path, name: str) -> int:
    """Return how many of 500 logged events are readable after a SIGKILL."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [python, WORKER, name, "kill", str(KILLED_EVENTS)]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                if line.strip() == "LOGGED":
                    break
            process.send_signal(signal.SIGKILL)
        time.sleep(GRACE_S)
        counted = subprocess.run(
            [python, WORKER, name, "count", "0"], cwd=folder, stdout=subprocess.PIPE, text=True, check=True
        )
        return int(counted.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--environments", type=Path, required=True)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--only", default=",".join(PEERS))
    arguments = parser.parse_args()
    print("| tracker | version | calls per second | p99 | bytes per event | left of 500 after SIGKILL |")
    print("|---|---|---|---|---|---|")
    for name in arguments.only.split(","):
        python = find_python(arguments.environments, name, PEERS[name])
        found = measure(python, name, arguments.events)
        survivors = count_survivors(python, name)
        print(
            f"| {name} | {found['version']} | {found['per_second']:,.0f} | {found['p99_us']:,.0f} µs "
            f"| {found['bytes_per_event']:,.0f} | {survivors} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
