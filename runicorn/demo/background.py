"""Training that goes on while the viewer shows it: `python -m runicorn.demo.background ROOT`.

First the models that take no time, then one that is stretched to a minute. All ends early when the process that
started it is gone, seen by the end of standard input.
"""

from __future__ import annotations

import _thread
import contextlib
import signal
import subprocess
import sys
import threading
from pathlib import Path

LIVE_SECONDS = 60.0
STOP_SECONDS = 5.0


def start(root: Path) -> subprocess.Popen[bytes]:
    """Start training below `root`. Whoever calls this ends it with `stop`."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "runicorn.demo.background", str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the training, if it still goes on, and wait for it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _interrupt_at_end_of_input() -> None:
    sys.stdin.buffer.read()
    _thread.interrupt_main()


def _main() -> None:
    from runicorn.demo.training import LIVE, RECIPES, train

    root = Path(sys.argv[1])
    # A viewer that a script starts in the background hands down that Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_interrupt_at_end_of_input, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        for recipe in RECIPES[1:]:
            train(recipe, root)
        train(LIVE, root, seconds=LIVE_SECONDS)


if __name__ == "__main__":
    _main()
