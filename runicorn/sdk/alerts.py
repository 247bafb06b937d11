"""Telling people what happens in a run: into its log, and to a webhook when one was named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runicorn.sdk.complaints import Complaints

if TYPE_CHECKING:
    from runicorn.sdk.webhook import Webhook

MAX_REPEATS = 20


class Alerts:
    """Sends alerts of one run; a text that repeats is muted after `MAX_REPEATS` times, and that is said."""

    def __init__(
        self, log_text: Callable[[str], None], webhook: str | None, complaints: Complaints, run: dict[str, Any]
    ) -> None:
        self._log_text = log_text
        self._webhook = _make_webhook(webhook, complaints) if webhook else None
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

    def close(self, timeout: float) -> None:
        """Wait for what is still to be posted, at most some `timeout` seconds."""
        if self._webhook is not None:
            self._webhook.close(timeout)


def _make_webhook(url: str, complaints: Complaints) -> Webhook:
    from runicorn.sdk.webhook import Webhook

    return Webhook(url, complaints)
