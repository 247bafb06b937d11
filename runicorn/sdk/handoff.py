"""Writes in a thread of their own, for storage that may hang: the caller waits for each only a moment."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

PATIENCE_S = 0.005
MAX_WAITING_BYTES = 16 * 1024 * 1024
MAX_WAITING_JOBS = 50_000


class Backlog:
    """Jobs that wait, bounded in number and in the bytes they hold; safe for one giver and one taker."""

    def __init__(self) -> None:
        self._jobs: deque[tuple[Callable[[], Any], int]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Callable[[], Any], size_bytes: int) -> bool:
        """Keep a job for later; returns False, and forgets it, when the backlog is full. One job always fits."""
        if self._jobs and (len(self._jobs) >= MAX_WAITING_JOBS or self._bytes + size_bytes > MAX_WAITING_BYTES):
            return False
        self._jobs.append((job, size_bytes))
        self._bytes += size_bytes
        return True

    def run_next(self) -> bool:
        """Run the oldest job, if any; it stays in the backlog until it is done. Returns whether there was one."""
        if not self._jobs:
            return False
        job, size_bytes = self._jobs[0]
        job()
        self._jobs.popleft()
        self._bytes -= size_bytes
        return True


class Handoff:
    """Runs jobs one after the other in a daemon thread.

    `give` returns once the job is done, or after `PATIENCE_S`; from then on it does not wait at all until the storage
    has answered again.
    """

    def __init__(self, name: str) -> None:
        self._backlog = Backlog()
        self._changed = threading.Condition()
        self._closed = False
        self._is_stuck = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def give(self, job: Callable[[], Any], size_bytes: int) -> bool:
        """Hand over a job, which must not raise; returns False when too much waits already."""
        with self._changed:
            if not self._backlog.put(job, size_bytes):
                return False
            self._changed.notify_all()
            if not self._is_stuck:
                self._is_stuck = not self._changed.wait_for(lambda: not self._backlog, PATIENCE_S)
        return True

    def wait(self, timeout: float) -> bool:
        """Wait until all jobs are done; returns whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._backlog, timeout)

    def close(self) -> None:
        """End the thread once its jobs are done, without waiting for that."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._backlog or self._closed)
            if not self._backlog.run_next():
                return
            with self._changed:
                self._is_stuck = False
                if not self._backlog:
                    self._changed.notify_all()
