"""The files of one run, written so that no failure of the storage reaches the training loop.

An event goes straight to the kernel. Behind it a thread fsyncs every few seconds, writes again what could not be
written, and is the canary for storage that hangs: while it is stuck, events wait in a bounded queue.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from runicorn.sdk.complaints import Complaints, logger
from runicorn.sdk.documents import RunDocuments, SilentDocuments
from runicorn.storage.journal import Journal
from runicorn.storage.layout import RunFiles

TICK_S = 2.0
STALL_S = 2.0
CLOSE_TIMEOUT_S = 4.0
MAX_QUEUED_BYTES = 16 * 1024 * 1024
MAX_QUEUED_LINES = 50_000


class Recorder:
    """Writes events, log text and documents of one run; safe for threads.

    What could not be written is counted in `dropped` and reported once; with `strict` it raises OSError instead.
    With `power_safe` an event survives a power cut once `append_event` has returned.
    """

    def __init__(self, run: RunFiles, events: Path, *, strict: bool, power_safe: bool, complaints: Complaints) -> None:
        self.run = run
        self.dropped = 0
        self.documents = RunDocuments(self.report)
        self.on_tick: Callable[[], None] | None = None
        self._strict = strict
        self._power_safe = power_safe
        self._complaints = complaints
        self._thread: threading.Thread | None = None
        self._reset(events)

    def start(self) -> None:
        """Start the thread behind the run."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"runicorn-{self.run.run_id}", daemon=True)
            self._thread.start()

    def append_event(self, line: bytes) -> None:
        """Append whole event lines; once this has returned without a warning they outlive the process."""
        with self.lock:
            self._append(self._events, line)

    def append_log(self, lines: bytes) -> None:
        """Append whole lines to logs.txt."""
        with self.lock:
            self._append(self._logs, lines)

    def write_file(self, path: Path, data: bytes) -> bool:
        """Create the new file `path` below the run's folder; returns whether it is there."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "xb") as file:
                file.write(data)
        except OSError as error:
            self._lose(error)
            return False
        return True

    def flush(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        """Make all that was written survive a power cut; returns whether that was done within `timeout` seconds."""
        thread = self._thread
        if thread is None or not thread.is_alive():
            return self._work_once()
        done = threading.Event()
        self._waiting.append(done)
        self._wake.set()
        return done.wait(timeout) and not self._failed

    def close(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        """Flush, end the thread and let go of the files; later appends open them again. Returns what `flush` does."""
        flushed = self.flush(timeout)
        thread, self._thread = self._thread, None
        self._wake.set()
        if thread is not None and not self._is_stalled():
            thread.join(timeout)
        if thread is None or not thread.is_alive():
            with self.lock:
                self._events.close()
                self._logs.close()
        if not flushed:
            self._complaints.say("close", f"{self.run.path}: not all of the run is known to be on disk.")
        return flushed

    def after_fork(self, events: Path) -> None:
        """Become the recorder of a forked child: a segment of its own for events, new locks, no thread, no queue."""
        self.dropped = 0
        self.documents.after_fork()
        self._reset(events)

    def _reset(self, events: Path) -> None:
        self._events = Journal(events)
        self._logs = Journal(self.run.logs)
        self.lock = threading.RLock()
        self._wake = threading.Event()
        self._thread = None
        self._waiting: deque[threading.Event] = deque()
        self._queue: deque[tuple[Journal, bytes]] = deque()
        self._queued_bytes = 0
        self._busy_since: float | None = None
        self._failed = False
        self._appended = 0

    def _append(self, journal: Journal, lines: bytes) -> None:
        if self._busy_since is not None and (self._queue or self._is_stalled()):
            self._enqueue(journal, lines)
            return
        try:
            self._append_now(journal, lines)
        except OSError as error:
            self._lose(error)

    def _append_now(self, journal: Journal, lines: bytes) -> None:
        try:
            journal.append(lines)
        except FileNotFoundError:
            self.run.path.mkdir(parents=True, exist_ok=True)
            journal.append(lines)
        self._appended += 1
        if self._power_safe:
            self._sync(journal)

    def _sync(self, journal: Journal) -> None:
        try:
            journal.sync()
        except OSError as error:
            self._failed = True
            self.report(error, f"{journal.path} may not survive a power cut")

    def _lose(self, error: OSError) -> None:
        self.dropped += 1
        self.report(error)

    def report(self, error: OSError, what: str = "") -> None:
        """Tell about a failed write once, or raise it with `strict`."""
        if self._strict and threading.current_thread() is not self._thread:
            raise error
        what = what or f"Run {self.run.run_id} cannot be written below {self.run.path}"
        self._complaints.say(what, f"{what}: {error.strerror or error}. Training goes on.")

    def _is_stalled(self) -> bool:
        since = self._busy_since
        return since is not None and time.monotonic() - since > STALL_S

    def _enqueue(self, journal: Journal, lines: bytes) -> None:
        self._complaints.say("stalled", f"{self.run.path} does not answer; events wait in memory. Training goes on.")
        if self._queued_bytes + len(lines) > MAX_QUEUED_BYTES or len(self._queue) >= MAX_QUEUED_LINES:
            self.dropped += 1
            return
        self._queue.append((journal, lines))
        self._queued_bytes += len(lines)

    def _drain(self) -> None:
        with self.lock:
            waiting, self._queue, self._queued_bytes = self._queue, deque(), 0
            for journal, lines in waiting:
                self._append(journal, lines)

    def _work(self) -> None:
        """The thread behind the run; it ends when the run lets go of it."""
        thread, wake = threading.current_thread(), self._wake
        while self._thread is thread:
            wake.wait(TICK_S)
            wake.clear()
            waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
            self._work_once()
            for done in waiting:
                done.set()

    def _work_once(self) -> bool:
        self._failed = False
        self._busy_since = time.monotonic()
        try:
            if self.on_tick is not None:
                self.on_tick()
            self._return_vanished()
            self.documents.sync()
            self._sync(self._events)
            self._sync(self._logs)
        except OSError as error:
            self._failed = True
            self.report(error)
        except Exception:  # noqa: BLE001 - a worker loop: it must outlive a mistake of ours, and say so
            self._failed = True
            logger.exception("Runicorn's background thread failed; it goes on.")
        finally:
            self._busy_since = None
        if self._queue:
            self._drain()
        return not self._failed

    def _return_vanished(self) -> None:
        """Make the run's folder again when somebody removed it while the run was being written."""
        with self.lock:
            appended, self._appended = self._appended, 0
            if not (self._events.is_vanished() or self._logs.is_vanished()):
                return
            self.dropped += appended
            self._events.close()
            self._logs.close()
        self.documents.restore()
        self._complaints.say("vanished", f"{self.run.path} was removed during the run; what follows goes to a new one.")


class SilentRecorder(Recorder):
    """The recorder of a run that is switched off: it touches no disk and starts no thread."""

    def start(self) -> None:
        self.documents = SilentDocuments(self.report)

    def append_event(self, line: bytes) -> None:
        pass

    def append_log(self, lines: bytes) -> None:
        pass

    def write_file(self, path: Path, data: bytes) -> bool:
        return False

    def flush(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        return True

    def close(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        return True
