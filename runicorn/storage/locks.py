"""Turns for processes of one host that change the same documents of a folder."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no lock on a folder that ends with its process
    fcntl = None  # type: ignore[assignment]

_POLL_S = 0.002


@contextlib.contextmanager
def folder_lock(folder: Path, timeout: float) -> Iterator[bool]:
    """Hold the advisory lock of `folder` and yield True; yield False when `timeout` seconds were not enough.

    It ends with the process and leaves no file. Where there is no such lock (Windows, some network storage) it is
    not held. Raises FileNotFoundError when the folder is not there.
    """
    if fcntl is None:
        yield False
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield _lock(descriptor, timeout)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
        except OSError:
            return False
