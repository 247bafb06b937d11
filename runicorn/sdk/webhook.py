"""Alerts on their way to a web address."""

from __future__ import annotations

import contextlib
import json
import threading
from queue import Full, Queue
from typing import Any

from runicorn.sdk.complaints import Complaints

TIMEOUT_S = 5.0


class Webhook:
    """Posts JSON to one address from a thread of its own. A failure is told once; training never waits for it."""

    def __init__(self, url: str, complaints: Complaints) -> None:
        self._url = url
        self._complaints = complaints
        self._queue: Queue[dict[str, Any] | None] = Queue(maxsize=100)
        self._thread: threading.Thread | None = None

    def post(self, message: dict[str, Any]) -> None:
        """Send `message` soon."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="runicorn-webhook", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(message)
        except Full:
            self._complaints.say("webhook", "The webhook does not keep up; alerts are only in the log.")

    def close(self, timeout: float) -> None:
        """Wait for what is still to be sent, at most `timeout` seconds."""
        thread, self._thread = self._thread, None
        if thread is not None:
            with contextlib.suppress(Full):
                self._queue.put(None, timeout=timeout)
            thread.join(timeout)

    def _work(self) -> None:
        from urllib.request import Request, urlopen  # slow to import, and few runs have a webhook

        while (message := self._queue.get()) is not None:
            body = json.dumps(message).encode()
            request = Request(self._url, data=body, headers={"Content-Type": "application/json"})
            try:
                urlopen(request, timeout=TIMEOUT_S).close()
            except (OSError, ValueError) as error:
                self._complaints.say("webhook", f"An alert could not be posted to the webhook: {error}")
