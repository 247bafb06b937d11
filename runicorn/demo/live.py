"""A run that trains for a minute in a process of its own: `python -m runicorn.demo.live ROOT`.

It ends early when the process that started it is gone, seen by the end of its standard input.
"""

from __future__ import annotations

import _thread
import subprocess
import sys
import threading
from pathlib import Path

SECONDS = 60.0


def start(root: Path) -> subprocess.Popen[bytes]:
    """Start the live run below `root`. Whoever calls this ends it with `stop`."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "runicorn.demo.live", str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the live run, if it still goes on, and wait for it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _interrupt_at_end_of_input() -> None:
    sys.stdin.buffer.read()
    _thread.interrupt_main()


def _main() -> None:
    from runicorn.demo.training import LIVE, train

    threading.Thread(target=_interrupt_at_end_of_input, daemon=True).start()
    try:
        train(LIVE, Path(sys.argv[1]), seconds=SECONDS)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    _main()
