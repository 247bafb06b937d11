"""Rate limits per route and client, and the three headers on every `/api/` answer."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, request
from flask_limiter import Limiter, RequestLimit
from flask_limiter.errors import RateLimitExceeded

from runicorn.viewer import answers, current, hosts
from runicorn.viewer.rates import Rates, load_rates

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Count every call below /api/ except preflights. The window slides; the counts live in this process."""
    rates = current.viewer(app).settings.rates or load_rates()
    limiter = Limiter(
        client,
        app=app,
        default_limits=[lambda: rates.of(request.path).texts()],
        strategy="moving-window",
        storage_uri="memory://",
    )
    limiter.request_filter(lambda: not counts(rates))

    @app.after_request
    def add_headers(response: Response) -> Response:
        if request.path.startswith("/api/") and request.method != "OPTIONS":
            response.headers.update(_headers(rates, _window(limiter)))
        return response

    @app.errorhandler(RateLimitExceeded)
    def show_exceeded(_error: RateLimitExceeded) -> Response:
        if rates.log_violations:
            log.warning("Rate limit exceeded at %s", request.endpoint)
        retry_after = max(1, int(limiter.current_limit.window.reset_time - time.time()) + 1)  # type: ignore[union-attr]
        answer = answers.respond({"detail": "Rate limit exceeded", "retry_after": retry_after}, 429)
        answer.headers["Retry-After"] = str(retry_after)
        return answer


def client() -> str:
    """Return who calls: the peer's address, or what the outermost trusted proxy saw.

    Without `trusted_proxies` the X-Forwarded-For header is ignored: anybody can write it.
    """
    proxies = current.settings().trusted_proxies
    route = request.access_route
    if proxies and len(route) >= proxies:
        return route[-proxies]
    return request.remote_addr or "unknown"


def counts(rates: Rates) -> bool:
    """Tell whether this request counts against a limit."""
    if not rates.enabled or request.method == "OPTIONS" or not request.path.startswith("/api/"):
        return False
    return not (rates.whitelist_localhost and hosts.is_loopback(client()))


def _window(limiter: Limiter) -> RequestLimit | None:
    """The limit the headers speak of: the breached one, else the one with the longest window."""
    evaluated = limiter.current_limits
    breached = [limit for limit in evaluated if limit.breached]
    return max(breached or evaluated, key=lambda limit: limit.limit.get_expiry(), default=None)


def _headers(rates: Rates, limit: RequestLimit | None) -> dict[str, str]:
    rate = rates.of(request.path)
    allowed = limit.limit.amount if limit else rate.max_requests
    remaining = 0 if limit and limit.breached else limit.remaining if limit else rate.max_requests
    window = limit.limit.get_expiry() if limit else rate.window_seconds
    return {
        rates.limit_header: str(allowed),
        rates.remaining_header: str(remaining),
        rates.reset_header: str(window),
    }
