"""Long runs read behind the scenes, so that whoever asks first is told how it stands instead of kept waiting."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

LONG_BYTES = 512 << 20
"""More of event files is not read within the time that people wait for a page."""

_TRIED_AGAIN_S = 10.0
"""What was read this long ago and is unread again was given up for others: whoever asks may wait for it."""


@dataclass(slots=True)
class Reading:
    """Runs that are being read: `size` bytes of event files since `started`, on the monotonic clock."""

    size: int
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; return whether it is reached."""
        return self._over.wait(seconds)

    def seconds(self) -> float:
        """How long it has taken so far."""
        return (time.monotonic() if self.ended is None else self.ended) - self.started

    def run(self, read: Callable[[], object]) -> None:
        """Call `read` and note the end of it. Whoever then asks for a run meets what is wrong with it."""
        try:
            read()
        except Exception:
            log.info("Runs could not be read ahead.", exc_info=True)
        finally:
            self.ended = time.monotonic()
            self._over.set()


class ReadAhead:
    """The readings of one process, by the folders of the runs that were asked for together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings: dict[tuple[Path, ...], Reading] = {}

    def begin(self, folders: tuple[Path, ...], unread: int, read: Callable[[], object]) -> Reading | None:
        """Call `read` in a thread of its own, unless that goes on already, where `unread` bytes are many; return the
        reading, None where there is nothing to wait for."""
        if unread < LONG_BYTES:
            return None
        with self._lock:
            known = self._readings.get(folders)
            if known is not None:
                if known.ended is None:
                    return known
                if time.monotonic() - known.ended < _TRIED_AGAIN_S:
                    return None
            reading = self._readings[folders] = Reading(unread)
        threading.Thread(target=reading.run, args=(read,), name="runicorn-read-ahead", daemon=True).start()
        return reading
