"""The files of one run, written so that no failure of the storage reaches the training loop.

An event goes straight to the kernel. Behind it a thread fsyncs every few seconds, writes again what could not be
written, and is the canary for storage that hangs: while it is stuck, events wait in memory, within bounds.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from runicorn.sdk.complaints import Complaints, get_logger
from runicorn.sdk.documents import RunDocuments
from runicorn.sdk.handoff import Backlog, Handoff
from runicorn.storage.journal import Journal
from runicorn.storage.layout import RunFiles

TICK_S = 2.0
STALL_S = 2.0
SLOW_S = 1.0
CLOSE_TIMEOUT_S = 4.0


class Recorder:
    """Writes events, log text, files and documents of one run; safe for threads.

    What could not be written is counted in `dropped` and reported once; with `strict` it raises OSError instead.
    With `power_safe` an event survives a power cut once `append_event` has returned. With `hand_over` a thread of its
    own does the writing, so that storage that hangs holds up the caller for a few milliseconds only.
    """

    def __init__(
        self,
        run: RunFiles,
        events: Path,
        *,
        strict: bool = False,
        power_safe: bool = False,
        hand_over: bool = False,
        complaints: Complaints,
    ) -> None:
        self.run = run
        self.dropped = 0
        self.documents = RunDocuments(self.report, self._may_write)
        self.on_tick: Callable[[], None] | None = None
        self._strict = strict
        self._power_safe = power_safe
        self._hand_over = hand_over
        self._complaints = complaints
        self._thread: threading.Thread | None = None
        self._handoff: Handoff | None = None
        self._reset(events)

    def start(self) -> None:
        """Start the thread behind the run."""
        if self._hand_over:
            self._start_handoff()
        self._thread = threading.Thread(target=self._work, name=f"runicorn-{self.run.run_id}", daemon=True)
        self._thread.start()

    def append_event(self, line: bytes) -> None:
        """Append whole event lines; once this has returned without a warning they outlive the process."""
        with self.lock:
            if self._busy_since is None and self._handoff is None:
                self._append_now(self._events, line)
            else:
                self._append_or_wait("_events", line)

    def append_log(self, lines: bytes) -> None:
        """Append whole lines to logs.txt."""
        with self.lock:
            self._append_or_wait("_logs", lines)

    def write_file(self, path: Path, data: bytes) -> None:
        """Create the new file `path` below the run's folder."""
        with self.lock:
            if self._handoff is not None or self._is_stalled():
                self._postpone(partial(self._write_file, path, data), len(data))
            else:
                self._write_file(path, data)

    def flush(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        """Make all that was written survive a power cut; returns whether that was done within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        if self._handoff is not None and not self._handoff.wait(timeout):
            return False
        thread = self._thread
        if thread is None or not thread.is_alive():
            return self._work_once()
        done = threading.Event()
        self._waiting.append(done)
        self._wake.set()
        return done.wait(max(0.0, deadline - time.monotonic())) and not self._failed

    def close(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        """Flush, end the threads and let go of the files; later appends open them again. Returns what `flush` does."""
        started = time.monotonic()
        flushed = self.flush(timeout)
        thread, self._thread = self._thread, None
        handoff, self._handoff = self._handoff, None
        self._wake.set()
        if handoff is not None:
            handoff.close()
        if thread is not None:
            thread.join(max(0.1, started + timeout - time.monotonic()))
        if flushed:
            with self.lock:
                self._events.close()
                self._logs.close()
        else:
            self._complaints.say("close", f"{self.run.path}: not all of the run is known to be on disk.")
        return flushed

    def after_fork(self, events: Path) -> None:
        """Become the recorder of a forked child: a segment of its own for events, new locks, no thread, no queue."""
        self.dropped = 0
        self.documents.after_fork()
        self._reset(events)

    def report(self, error: OSError, what: str = "") -> None:
        """Tell about a failed write once, or raise it with `strict`."""
        if self._strict and not threading.current_thread().name.startswith("runicorn-"):
            raise error
        what = what or f"Run {self.run.run_id} cannot be written below {self.run.path}"
        self._complaints.say(what, f"{what}: {error.strerror or error}. Training goes on.")

    def _reset(self, events: Path) -> None:
        self._events = Journal(events)
        self._logs = Journal(self.run.logs)
        self.lock = threading.RLock()
        self._file_lock = threading.Lock()
        self._wake = threading.Event()
        self._thread = None
        self._handoff = None
        self._waiting: deque[threading.Event] = deque()
        self._backlog = Backlog()
        self._busy_since: float | None = None
        self._failed = False
        self._appended = 0

    def _start_handoff(self) -> None:
        self._handoff = Handoff(f"runicorn-write-{self.run.run_id}")

    def _append_or_wait(self, journal: str, lines: bytes) -> None:
        if self._handoff is not None or self._backlog or self._is_stalled():
            self._postpone(partial(self._append_later, journal, lines), len(lines))
        else:
            self._append_now(getattr(self, journal), lines)

    def _append_now(self, journal: Journal, lines: bytes) -> None:
        """Write in the calling thread. What was slow once may hang next time, so that a thread writes from then on."""
        started = time.monotonic()
        self._append_or_lose(journal, lines)
        if time.monotonic() - started > SLOW_S and self._handoff is None and not self._power_safe:
            self._complaints.say("slow", f"{self.run.path} was slow to answer; a thread writes from now on.")
            self._start_handoff()

    def _append_later(self, journal: str, lines: bytes) -> None:
        with self._file_lock:
            self._append_or_lose(getattr(self, journal), lines)

    def _append_or_lose(self, journal: Journal, lines: bytes) -> None:
        try:
            try:
                journal.append(lines)
            except FileNotFoundError:
                self.run.path.mkdir(parents=True, exist_ok=True)
                self.documents.restore()
                journal.append(lines)
            self._appended += 1
            if self._power_safe:
                self._sync(journal)
        except OSError as error:
            self._lose(error)

    def _postpone(self, job: Callable[[], None], size_bytes: int) -> None:
        if self._handoff is not None:
            kept = self._handoff.give(job, size_bytes)
        else:
            self._complaints.say("stalled", f"{self.run.path} does not answer; events wait in memory.")
            kept = self._backlog.put(job, size_bytes)
        if not kept:
            self.dropped += 1
            self._complaints.say("full", f"{self.run.path} does not answer; events are dropped. Training goes on.")

    def _write_file(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "xb") as file:
                file.write(data)
        except OSError as error:
            self._lose(error)

    def _sync(self, journal: Journal) -> None:
        try:
            journal.sync()
        except OSError as error:
            self._failed = True
            self.report(error, f"{journal.path} may not survive a power cut")

    def _lose(self, error: OSError) -> None:
        self.dropped += 1
        self.report(error)

    def _is_stalled(self) -> bool:
        since = self._busy_since
        return since is not None and time.monotonic() - since > STALL_S

    def _may_write(self) -> bool:
        """Whether the calling thread may touch the disk for a document; else the thread behind does it, woken now."""
        if self._handoff is None and not self._is_stalled():
            return True
        self._wake.set()
        return False

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
            self._sync(self._events)
            self._sync(self._logs)
            self.documents.sync()
        except OSError as error:
            self._failed = True
            self.report(error)
        except Exception:  # noqa: BLE001 - a worker loop: it must outlive a mistake of ours, and say so
            self._failed = True
            get_logger().exception("Runicorn's background thread failed; it goes on.")
        finally:
            self._catch_up()
        return not self._failed

    def _catch_up(self) -> None:
        """Run what waited while the storage did not answer; then events go straight to the kernel again."""
        while self._backlog.run_next():
            pass
        with self.lock:
            while self._backlog.run_next():
                pass
            self._busy_since = None

    def _return_vanished(self) -> None:
        """Make the run's folder again when somebody removed it while the run was being written."""
        appended, self._appended = self._appended, 0
        if not (self._events.is_vanished() or self._logs.is_vanished()):
            return
        with self.lock:
            old = (self._events, self._logs)
            self._events, self._logs = (Journal(journal.path) for journal in old)
        with self._file_lock:
            for journal in old:
                journal.close()
        self.dropped += appended
        self.documents.restore()
        self._complaints.say("vanished", f"{self.run.path} was removed during the run; what follows goes to a new one.")
