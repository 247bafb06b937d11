"""How many requests a client may make: the shipped table and rate_limits.json of the published format.

The file's format: docs/disk-format.md, section 7. It is read when the viewer starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runicorn import config
from runicorn.errors import ConfigError
from runicorn.storage.documents import Damaged, read_object

FILE = "rate_limits.json"
LIMIT_HEADER, REMAINING_HEADER, RESET_HEADER = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `max_requests` in any `window_seconds`, and `burst_size` in any second when given."""

    max_requests: int = 60
    window_seconds: int = 60
    burst_size: int | None = None

    def texts(self) -> str:
        """The same as flask-limiter reads it."""
        text = f"{self.max_requests} per {self.window_seconds} second"
        if self.burst_size is not None and self.burst_size < self.max_requests:
            text += f"; {self.burst_size} per 1 second"
        return text


SHIPPED = {
    "/api/v2/experiments/batch-delete": Rate(10),
    "/api/remote/connect": Rate(5),
    "/api/v2": Rate(100),
}
"""What differs from `Rate()`, by exact path or by prefix."""


@dataclass(frozen=True, slots=True)
class Rates:
    """All limits. `endpoints` is searched for the exact path, then for the first prefix in its order."""

    default: Rate = field(default_factory=Rate)
    endpoints: Mapping[str, Rate] = field(default_factory=lambda: SHIPPED)
    enabled: bool = True
    log_violations: bool = True
    whitelist_localhost: bool = False
    limit_header: str = LIMIT_HEADER
    remaining_header: str = REMAINING_HEADER
    reset_header: str = RESET_HEADER

    def of(self, path: str) -> Rate:
        """Return the limit of the request path `path`."""
        if path in self.endpoints:
            return self.endpoints[path]
        return next((rate for prefix, rate in self.endpoints.items() if path.startswith(prefix)), self.default)


def rates_file() -> Path:
    """The user's rate_limits.json, which need not exist."""
    return config.config_dir() / FILE


def load_rates(path: Path | None = None) -> Rates:
    """Return the limits of `path` (by default the user's file), the shipped ones when there is no file.

    Raises ConfigError when the file is damaged, or for a limit that is not a positive whole number.
    """
    path = path or rates_file()
    try:
        return parse_rates(read_object(path))
    except FileNotFoundError:
        return Rates()
    except (Damaged, ValueError) as error:
        raise ConfigError(f"{path} cannot be used: {error}. Mend it, or remove it for the shipped limits.") from error


def parse_rates(document: Mapping[str, Any]) -> Rates:
    """Return the limits a rate_limits.json describes. Raises ValueError naming what is wrong."""
    settings = _mapping(document, "settings")
    headers = _mapping(settings, "custom_headers")
    endpoints = document.get("endpoints")
    return Rates(
        default=_rate("default", _mapping(document, "default")),
        endpoints=SHIPPED if endpoints is None else _endpoints(_mapping(document, "endpoints")),
        enabled=_flag(settings, "enable_rate_limiting", True),
        log_violations=_flag(settings, "log_violations", True),
        whitelist_localhost=_flag(settings, "whitelist_localhost", False),
        limit_header=_header(headers, "rate_limit_header", LIMIT_HEADER),
        remaining_header=_header(headers, "rate_limit_remaining_header", REMAINING_HEADER),
        reset_header=_header(headers, "rate_limit_reset_header", RESET_HEADER),
    )


def _endpoints(table: Mapping[str, Any]) -> dict[str, Rate]:
    return {path: _rate(path, _mapping(table, path)) for path in table if not path.startswith("_")}


def _rate(name: str, entry: Mapping[str, Any]) -> Rate:
    burst = entry.get("burst_size")
    return Rate(
        _whole(name, "max_requests", entry.get("max_requests", 60)),
        _whole(name, "window_seconds", entry.get("window_seconds", 60)),
        None if burst is None else _whole(name, "burst_size", burst),
    )


def _whole(name: str, key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 10**9:
        raise ValueError(f"{key} of {name} must be a whole number from 1")
    return value


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key) or {}
    if not isinstance(value, dict):
        raise ValueError(f"{key} must be an object")
    return value


def _flag(settings: Mapping[str, Any], key: str, default: bool) -> bool:
    value = settings.get(key, default)
    if not isinstance(value, bool):
        raise ValueError(f"{key} must be true or false")
    return value


def _header(headers: Mapping[str, Any], key: str, default: str) -> str:
    value = headers.get(key, default)
    if not isinstance(value, str) or not value.replace("-", "").isalnum():
        raise ValueError(f"{key} must be a header's name")
    return value
