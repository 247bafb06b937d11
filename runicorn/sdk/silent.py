"""The recorder of a run that is switched off: it touches no disk and starts no thread."""

from __future__ import annotations

from pathlib import Path

from runicorn.sdk.recorder import CLOSE_TIMEOUT_S, Recorder


class SilentRecorder(Recorder):
    """Takes everything and keeps nothing."""

    def start(self) -> None:
        pass

    def append_event(self, line: bytes) -> None:
        pass

    def append_log(self, lines: bytes) -> None:
        pass

    def write_file(self, path: Path, data: bytes) -> None:
        pass

    def flush(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        return True

    def close(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        return True

    def _may_write(self) -> bool:
        return False
