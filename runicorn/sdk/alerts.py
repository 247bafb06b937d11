"""Telling people what happens in a run: into its log, and to a webhook when one was named."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from queue import Full, Queue
from typing import Any
from urllib.parse import urlsplit

from runicorn.errors import InvalidInput
from runicorn.sdk.complaints import Complaints

WEBHOOK_TIMEOUT_S = 5.0
MAX_REPEATS = 20


class Alerts:
    """Sends alerts of one run; a text that repeats is muted after `MAX_REPEATS` times, and that is said."""

    def __init__(self, log_text: Callable[[str], None], webhook: Webhook | None, run: dict[str, Any]) -> None:
        self._log_text = log_text
        self._webhook = webhook
        self._run = run
        self._sent: Counter[str] = Counter()

    def send(self, title: str, text: str = "", level: str = "warning") -> None:
        """Write an alert into the log and post it."""
        self._sent[title] += 1
        if self._sent[title] > MAX_REPEATS:
            return
        muted = " (muted from now on)" if self._sent[title] == MAX_REPEATS else ""
        self._log_text(f"{title}{': ' + text if text else ''}{muted}")
        if self._webhook is not None:
            message = f"{title}: {text}" if text else title
            self._webhook.post({"text": message, "title": title, "level": level, "run": self._run})


class Webhook:
    """Posts JSON to one address from a thread of its own. A failure is told once; training never waits for it."""

    def __init__(self, url: str, complaints: Complaints) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise InvalidInput(f"A webhook is an http or https address, not {url!r}.")
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
            self._queue.put(None)
            thread.join(timeout)

    def _work(self) -> None:
        from urllib.request import Request, urlopen  # slow to import, and few runs have a webhook

        while (message := self._queue.get()) is not None:
            body = json.dumps(message).encode()
            request = Request(self._url, data=body, headers={"Content-Type": "application/json"})
            try:
                urlopen(request, timeout=WEBHOOK_TIMEOUT_S).close()
            except (OSError, ValueError) as error:
                self._complaints.say("webhook", f"An alert could not be posted to the webhook: {error}")
