"""Running a command anew whenever the program's files change, for those who work on Runicorn."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import runicorn

POLL_SECONDS = 1.0
STOP_SECONDS = 10.0


def run_again_on_changes(arguments: Sequence[str]) -> int:
    """Run `runicorn` with `arguments` in a process of its own until it ends, and return its exit code."""
    while True:
        process = subprocess.Popen([sys.executable, "-P", "-m", "runicorn", *arguments])
        try:
            before = _state()
            while process.poll() is None and _state() == before:
                time.sleep(POLL_SECONDS)
            if process.returncode is not None:
                return process.returncode
        except KeyboardInterrupt:
            return process.wait(timeout=STOP_SECONDS)
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _state() -> dict[Path, int]:
    package = Path(runicorn.__file__).parent
    folders = [package, *(package.parent / name for name in ("export", "templates", "static"))]
    return {path: path.stat().st_mtime_ns for folder in folders for path in folder.rglob("*.*") if path.is_file()}
