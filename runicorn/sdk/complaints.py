"""Telling the user what went wrong, once, without getting in the way of training."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

LOGGER = "runicorn"

_MAX_SUBJECTS = 50


def get_logger() -> logging.Logger:
    """Return where Runicorn's own warnings go. Most runs have none, so that `logging` is imported at the first."""
    import logging

    return logging.getLogger(LOGGER)


class Complaints:
    """Remembers what was said, so that a failure that repeats is reported only once."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def say(self, subject: str, text: str) -> bool:
        """Warn about `subject` unless that was done before; returns whether it was said now."""
        if subject in self._said or len(self._said) >= _MAX_SUBJECTS:
            return False
        self._said.add(subject)
        get_logger().warning(text)
        return True
