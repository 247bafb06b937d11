"""One HTTP session to one viewer: time limits, retries of safe requests, errors by status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from runicorn.api import exceptions

RETRIED_STATUSES = (429, 500, 502, 503, 504)
BACKOFF_SECONDS = 0.5


class Transport:
    """Sends requests below `base_url` + `/api` and returns decoded answers.

    Only GET is retried, at most `max_retries` times, after 0.5 s, 1 s, 2 s, ... or the server's `Retry-After`.
    Nothing is sent before the first call.
    """

    def __init__(
        self, base_url: str, *, timeout: float, max_retries: int, token: str | None, session: requests.Session | None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.session = session or requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"
        retry = Retry(
            total=max_retries,
            backoff_factor=BACKOFF_SECONDS,
            status_forcelist=RETRIED_STATUSES,
            allowed_methods=("GET",),
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, HTTPAdapter(max_retries=retry))

    def request(self, method: str, endpoint: str, **options: Any) -> requests.Response:
        """Return the answer to `method` on `endpoint`, with or without `/api` in front. Raises RunicornAPIError."""
        url = self.base_url + api_path(endpoint)
        options.setdefault("timeout", self.timeout)
        try:
            response = self.session.request(method, url, **options)
        except requests.RequestException as error:
            raise exceptions.ConnectionError(
                f"No answer from {self.base_url}: {_reason(error)}. Start it with `runicorn viewer`, or name another."
            ) from error
        if response.status_code >= 400:
            raise exceptions.for_status(response.status_code, _detail(response))
        return response

    def json(self, method: str, endpoint: str, **options: Any) -> Any:
        """Return the decoded JSON answer. Raises RunicornAPIError, also when the answer is no JSON."""
        response = self.request(method, endpoint, **options)
        try:
            return response.json()
        except ValueError as error:
            raise exceptions.ServerError(
                f"{self.base_url} answered something that is not JSON. Is it a Runicorn viewer?",
                status_code=response.status_code,
            ) from error


def api_path(endpoint: str) -> str:
    """Return `endpoint` below `/api/`, once."""
    path = "/" + endpoint.lstrip("/")
    return path if path.startswith("/api/") else "/api" + path


def segment(text: object) -> str:
    """Return `text` quoted as one part of a path."""
    return quote(str(text), safe="")


def given(**values: Any) -> Mapping[str, Any]:
    """Return the values that are not None: query parameters the caller meant."""
    return {key: value for key, value in values.items() if value is not None}


def _detail(response: requests.Response) -> Any:
    try:
        return response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return response.reason


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "it took too long"
    if isinstance(error, requests.ConnectionError):
        return "nothing listens there"
    return type(error).__name__
