"""The rate_limits.json that `runicorn rate-limit` shows and changes; keys it does not know stay."""

from __future__ import annotations

from typing import Any

from runicorn.errors import InvalidInput
from runicorn.storage.documents import find_object, write_json
from runicorn.viewer.rates import Rate, load_rates, parse_rates, rates_file

Document = dict[str, Any]


def read_document() -> Document:
    """The user's file, with what it leaves out filled in. Raises ConfigError when it is damaged."""
    rates = load_rates()
    stored = find_object(rates_file())
    settings = {
        "enable_rate_limiting": rates.enabled,
        "log_violations": rates.log_violations,
        "whitelist_localhost": rates.whitelist_localhost,
        **(stored.get("settings") or {}),
    }
    endpoints = stored.get("endpoints")
    shipped = {path: describe_rate(rate) for path, rate in rates.endpoints.items()}
    return {
        **stored,
        "default": stored.get("default") or describe_rate(rates.default),
        "endpoints": dict(shipped if endpoints is None else endpoints),
        "settings": settings,
    }


def write_document(document: Document) -> None:
    """Replace the user's file. Raises InvalidInput when the viewer could not use it, and leaves the old one."""
    try:
        parse_rates(document)
    except ValueError as error:
        raise InvalidInput(f"Not saved: {error}.") from error
    rates_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_json(rates_file(), document, mode=0o600)


def describe_rate(rate: Rate) -> Document:
    """Return a limit as the file has it."""
    return {"max_requests": rate.max_requests, "window_seconds": rate.window_seconds, "burst_size": rate.burst_size}
