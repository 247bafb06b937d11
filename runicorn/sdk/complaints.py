"""Telling the user what went wrong, once, without getting in the way of training."""

from __future__ import annotations

import logging

logger = logging.getLogger("runicorn")

_MAX_SUBJECTS = 50


class Complaints:
    """Remembers what was said, so that a failure that repeats is reported only once."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def say(self, subject: str, text: str) -> bool:
        """Warn about `subject` unless that was done before; returns whether it was said now."""
        if subject in self._said or len(self._said) >= _MAX_SUBJECTS:
            return False
        self._said.add(subject)
        logger.warning(text)
        return True
