"""The answers given last, for those who ask the same again: many viewers look at one run, and pages ask twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

MAX_BYTES = 32 << 20
_LARGEST_SHARE = 8

Answer = TypeVar("Answer")


class Recent:
    """Answers by question, each as of a state of what was asked about; at most `max_bytes` of them."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, tuple[Hashable, int, Any]] = OrderedDict()
        self._bytes = 0

    def get(
        self, question: Hashable, state: Hashable, answer: Callable[[], Answer], size: Callable[[Answer], int]
    ) -> Answer:
        """Return what was answered to `question` in this `state`, else ask `answer` and remember it unless its `size`
        in bytes is out of proportion."""
        with self._lock:
            known = self._answers.get(question)
            if known is not None and known[0] == state:
                self._answers.move_to_end(question)
                return known[2]
        found = answer()
        self._keep(question, state, size(found), found)
        return found

    def _keep(self, question: Hashable, state: Hashable, size: int, answer: Any) -> None:
        with self._lock:
            self._bytes -= self._answers.pop(question, (None, 0, None))[1]
            if size * _LARGEST_SHARE > self._max_bytes:
                return
            self._answers[question] = (state, size, answer)
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._bytes -= self._answers.popitem(last=False)[1][1]
