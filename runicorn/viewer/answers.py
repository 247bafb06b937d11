"""JSON out, and the one shape of errors: `{"detail": ...}` below /api/, a page elsewhere."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import orjson
from flask import Flask, Response, make_response, request
from flask.json.provider import JSONProvider
from flask.typing import ResponseReturnValue
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from runicorn.errors import RunicornError
from runicorn.viewer import current

log = logging.getLogger(__name__)

MAX_PROBLEMS = 100
OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_PASSTHROUGH_DATACLASS


def dump(value: Any) -> bytes:
    """Return `value` as JSON that every parser takes: NaN and infinities become null.

    Whole numbers beyond 64 bits and broken surrogates, which orjson refuses, are written as Python's json does.
    """
    try:
        return orjson.dumps(value, option=OPTIONS)
    except (orjson.JSONEncodeError, RecursionError):
        return json.dumps(_finite(value), allow_nan=False).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value


class Json(JSONProvider):
    """Flask's JSON, in and out, by orjson."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        return dump(obj).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return respond(self._prepare_response_obj(args, kwargs))


def respond(value: Any, status: int = 200) -> Response:
    """Return an answer with `value` as JSON."""
    return raw(dump(value), status)


def raw(body: bytes, status: int = 200) -> Response:
    """Return an answer with a body that is JSON already."""
    return Response(body, status, mimetype="application/json")


def init_app(app: Flask) -> None:
    """Make every error of `app` take the documented shape. Call it after flask-smorest has set its own handler."""
    app.json = Json(app)
    app.register_error_handler(RunicornError, show_error)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(Exception, show_unexpected)


def show_error(error: RunicornError) -> ResponseReturnValue:
    """A refusal on purpose: its class knows the status, its text is safe to show."""
    if error.status >= 500:
        log.error("%s: %s", type(error).__name__, error)
        return _show(error.status, "Internal Server Error")
    answer = make_response(_show(error.status, str(error)))
    if error.status == 429:
        answer.headers["Retry-After"] = "1"
    return answer


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Werkzeug's and webargs' errors. An answer that was prepared whole goes out as it is."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    refused = getattr(error, "data", None)
    if refused and "messages" in refused:
        return _show(422, problems(refused["messages"]))
    answer = make_response(_show(status, error.name))
    for name, value in error.get_headers(request.environ):
        if name == "Allow":
            answer.headers[name] = value
    return answer


def show_unexpected(error: Exception) -> ResponseReturnValue:
    """A fault of ours: the log gets the traceback, the client a bare sentence."""
    log.error("Unexpected error at %s", request.endpoint, exc_info=error)
    return _show(500, "Internal Server Error")


def problems(messages: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the 422 list `{"loc", "msg", "type"}` for webargs' messages, one entry for each refused value."""
    return [
        {"loc": ["body" if part == "json" else part for part in path], "msg": text, "type": _type_of(text)}
        for path, text in islice(_flatten(messages, ()), MAX_PROBLEMS)
    ]


def _flatten(messages: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flatten(inner, path if key == "_schema" else (*path, key))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flatten(inner, path)
    else:
        yield path, str(messages)


def _type_of(text: str) -> str:
    return "missing" if text.startswith("Missing data") else "value_error"


def _show(status: int, detail: Any) -> ResponseReturnValue:
    if request.path.startswith("/api/") or request.path in ("/api", "/openapi.json"):
        return respond({"detail": detail}, status)
    page = current.viewer().error_page
    if page is not None:
        return make_response(page(status, str(detail)), status)
    return Response(f"<!doctype html><title>{status}</title><p>{escape(detail)}", status, mimetype="text/html")
