"""What a script prints, also in the log of its run; the terminal shows it unchanged."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

REPEAT_S = 30.0
MAX_LINE_CHARACTERS = 20_000

_CURSOR = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]")
"""Every escape sequence but colours: cursor movements of nested progress bars."""
_BACKSPACED = re.compile(r"[^\x08]\x08|^\x08+")


class LineFolder:
    """Turns printed text into lines as a terminal would leave them: what `\\r` and `\\b` overwrite is gone.

    A line that is redrawn for long, such as a progress bar, is passed on every 30 s, and at its end.
    """

    def __init__(self, write: Callable[[list[str]], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._rest = ""
        self._written_at = clock()

    def feed(self, text: str) -> None:
        """Take the next piece of text and pass on the lines it ends."""
        *lines, self._rest = (self._rest + text).split("\n")
        finished = [fold(line) for line in lines]
        self._rest = self._rest[-MAX_LINE_CHARACTERS:]
        if not finished and "\r" in self._rest and self._clock() - self._written_at > REPEAT_S:
            finished = [fold(self._rest)]
        if finished := [line for line in finished if line]:
            self._written_at = self._clock()
            self._write(finished)

    def flush(self) -> None:
        """Pass on a last line without an end."""
        rest, self._rest = fold(self._rest), ""
        if rest:
            self._write([rest])


def fold(line: str) -> str:
    """Return what a terminal shows of one line once it is ended."""
    line = _CURSOR.sub("", line.rstrip("\r"))
    line = line.rpartition("\r")[2]
    while "\b" in line:
        line = _BACKSPACED.sub("", line)
    return line.rstrip()[:MAX_LINE_CHARACTERS]


class Tee:
    """A text stream that also feeds a LineFolder; in all else it is the stream it stands for."""

    def __init__(self, stream: TextIO, folder: LineFolder) -> None:
        self._stream = stream
        self._folder = folder
        self._lock = threading.RLock()
        self.is_open = True

    def write(self, text: str) -> int:
        """Write to the stream, then to the log; what goes wrong with the log stays there."""
        written = self._stream.write(text)
        if self.is_open:
            with self._lock:
                try:
                    self._folder.feed(text)
                except Exception:  # noqa: BLE001 - a print must never fail because of the log
                    self.is_open = False
        return written

    def after_fork(self) -> None:
        """Take a new lock: another thread of the parent may have held the old one."""
        self._lock = threading.RLock()

    def writelines(self, lines: Any) -> None:
        """Write all `lines`, as they are."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class ConsoleCapture:
    """Copies `sys.stdout` and `sys.stderr` to `write(lines)` from start to stop.

    What libraries write to the descriptors themselves, past Python, is not seen.
    """

    def __init__(self, write: Callable[[list[str]], None]) -> None:
        self._write = write
        self._tees: dict[str, Tee] = {}

    def start(self) -> None:
        """Put a Tee in the place of each stream."""
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None:
                self._tees[name] = Tee(stream, LineFolder(self._write))
                setattr(sys, name, self._tees[name])

    def after_fork(self) -> None:
        """Go on in a forked child, whose log is the same."""
        for tee in self._tees.values():
            tee.after_fork()

    def stop(self) -> None:
        """Put the streams back where they are still ours; elsewhere the Tee becomes a mere go-between."""
        for name, tee in self._tees.items():
            tee.is_open = False
            tee._folder.flush()
            if getattr(sys, name) is tee:
                setattr(sys, name, tee._stream)
        self._tees = {}
