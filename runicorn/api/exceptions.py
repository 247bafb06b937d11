"""Errors of the client.

    RunicornAPIError
      ConnectionError        the viewer cannot be reached, or refuses for a reason with no class of its own
      BadRequestError        400, 413, 415 and 422: the request was refused
      AuthenticationError    401 and 403: a token is missing or wrong, or this client may not do it
      NotFoundError          404
      ServerError            500 and above

Each carries `status_code` (None when there was no answer) and `detail`, the server's own words.
"""

from __future__ import annotations

import builtins
from typing import Any

from runicorn.errors import RunicornError


class RunicornAPIError(RunicornError):
    """Base class. Catch this to catch them all."""

    code = "api_error"

    def __init__(self, message: str, *, status_code: int | None = None, detail: Any = None) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.detail = detail


class ConnectionError(RunicornAPIError, builtins.ConnectionError):
    """The viewer cannot be reached, or refuses for a reason with no class of its own (409, 429)."""

    code = "connection_error"


class BadRequestError(RunicornAPIError):
    """The viewer refused the request: 400, 413, 415 or 422."""

    code = "bad_request"


class AuthenticationError(RunicornAPIError):
    """A token is missing or wrong, or this client may not do it: 401 or 403."""

    code = "authentication_error"


class NotFoundError(RunicornAPIError):
    """The viewer knows nothing of that name: 404."""

    code = "not_found"


class ServerError(RunicornAPIError):
    """The viewer failed: 500 and above."""

    code = "server_error"


_BY_STATUS = {
    400: BadRequestError,
    401: AuthenticationError,
    403: AuthenticationError,
    404: NotFoundError,
    413: BadRequestError,
    415: BadRequestError,
    422: BadRequestError,
}


def for_status(status_code: int, detail: Any) -> RunicornAPIError:
    """Return the error that stands for an answer of `status_code` with the body's `detail`."""
    kind = ServerError if status_code >= 500 else _BY_STATUS.get(status_code, ConnectionError)
    return kind(f"{status_code}: {_sentence(detail)}", status_code=status_code, detail=detail)


def _sentence(detail: Any) -> str:
    """`detail` is text, a list of {loc, msg} (422) or an object with a message (409)."""
    if isinstance(detail, list):
        return "; ".join(f"{'.'.join(map(str, row.get('loc', ())))}: {row.get('msg')}" for row in detail)
    if isinstance(detail, dict):
        return str(detail.get("message", detail))
    return str(detail)
