"""The data of a comparison: written once by each tracker's own writer, kept in a folder, extended by live updates."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from peers.peer import Peer

WRITER = Path(__file__).resolve().parent.parent / "peer_writer.py"
MARK = "written.json"
SEED_STEPS = 100


@dataclass(frozen=True, slots=True)
class Load:
    """How much is written: one run of `steps` steps, and `runs` runs of `run_steps`."""

    steps: int
    runs: int
    run_steps: int


@dataclass(frozen=True, slots=True)
class Data:
    """Where one tracker's data lie."""

    long: Path
    many: Path
    load: Load

    def last_step(self) -> int:
        """The last step of the long run, live updates included."""
        return int(read_mark(self.long)["last_step"])


def locate(peer: Peer, folder: Path, load: Load) -> Data:
    """Say where the data of `peer` belong."""
    home = folder / peer.key
    return Data(home / f"long-{load.steps}", home / f"many-{load.runs}x{load.run_steps}", load)


def read_mark(folder: Path) -> dict[str, float]:
    """Return what is known about the writing of a folder: seconds, bytes and the last step."""
    return dict(json.loads((folder / MARK).read_text()))


def prepare(peer: Peer, data: Data, python: Path, ours: Data) -> None:
    """Write what is not there yet. `ours` is this project's data, already prepared."""
    load = data.load
    if peer.writer:
        _once(data.long, load.steps, lambda: _copy(ours.long, data.long))
        _once(data.many, 0, lambda: _copy(ours.many, data.many))
        return
    _once(data.long, load.steps, lambda: _write_long(peer, python, data, ours))
    _once(data.many, 0, lambda: _write(peer, python, data.many, "many", load.runs, load.run_steps))


def _once(folder: Path, last_step: int, fill: Callable[[], None]) -> None:
    if (folder / MARK).exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.perf_counter()
    fill()
    mark = {"seconds": time.perf_counter() - started, "bytes": measure_bytes(folder), "last_step": last_step}
    (folder / MARK).write_text(json.dumps(mark))


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source / "root", target / "root")


def _write_long(peer: Peer, python: Path, data: Data, ours: Data) -> None:
    steps = SEED_STEPS if peer.borrows_events else data.load.steps
    _write(peer, python, data.long, "long", steps)
    if peer.borrows_events:
        (mine,), (source,) = data.long.rglob("events.jsonl"), ours.long.rglob("events.jsonl")
        shutil.copyfile(source, mine)


def _write(peer: Peer, python: Path, folder: Path, *work: str | int) -> None:
    with (folder / "writer.log").open("wb") as log:
        command = _command(peer, python, *work)
        subprocess.run(command, cwd=folder, env=surroundings(peer, folder), stdout=log, stderr=log, check=True)


def _command(peer: Peer, python: Path, *work: str | int) -> list[str]:
    return [str(python), str(WRITER), peer.writer or peer.key, *map(str, work)]


def surroundings(peer: Peer, home: Path) -> dict[str, str]:
    """The environment of a tracker's processes: a home of its own, telemetry off."""
    cache = {"XDG_CACHE_HOME": str(home / ".cache"), "RUNICORN_CACHE_DIR": str(home / "cache")}
    return {**os.environ, "HOME": str(home), **cache, **peer.environment}


def measure_bytes(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@contextlib.contextmanager
def growing(peer: Peer, data: Data, python: Path) -> Iterator[Callable[[], int]]:
    """Go on with the long run: every call of what is given logs 100 steps and returns the last of them."""
    command = _command(peer, python, "grow", data.last_step())
    with subprocess.Popen(
        command,
        cwd=data.long,
        env=surroundings(peer, data.long),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as writer:
        _read_step(writer)

        def grow() -> int:
            assert writer.stdin
            writer.stdin.write("\n")
            writer.stdin.flush()
            step = _read_step(writer)
            mark = {**read_mark(data.long), "last_step": step}
            (data.long / MARK).write_text(json.dumps(mark))
            return step

        yield grow


def _read_step(writer: subprocess.Popen[str]) -> int:
    """Return the next line that is a number; trackers print other lines, too."""
    for line in writer.stdout or ():
        if line.strip().isdigit():
            return int(line)
    raise ChildProcessError("the writer ended")
