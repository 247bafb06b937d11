"""Who may ask for what: Host, token, Origin, CORS, body type and size, and the headers that fence an answer in.

The only owner of these rules, for HTTP and WebSocket alike (docs/http-api.md, "Access"). Other origins may read
what `SHARED` names and nothing else; they may change nothing.
"""

from __future__ import annotations

import hmac
import socket
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_cors.core import get_cors_options, set_cors_headers

from runicorn.errors import Forbidden, RunicornError, TooLarge, UnsupportedMediaType
from runicorn.viewer import current, hosts

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SHARED = frozenset(
    {"analytics", "artifacts", "experiments", "health", "metrics", "projects", "recycle", "runs", "series", "v2"}
)
"""Blueprints whose reads any origin may see, as documented, unless a view is marked `private`."""

EXPOSED_HEADERS = ("X-Row-Count", "X-Total-Count", "X-Last-Step", "X-RateLimit-Limit", "X-RateLimit-Remaining")
TOKEN_PARAMETER = "token"

View = TypeVar("View", bound=Callable[..., object])


class TokenRequired(RunicornError):
    """This viewer answers only to those who have its start-up address."""

    code = "token_required"
    status = 401

    def __init__(self) -> None:
        super().__init__("A token is required. Open the address the viewer printed when it started.")


def private(view: View) -> View:
    """Mark a view of a shared blueprint as readable from the viewer's own origin only."""
    view.private = True  # type: ignore[attr-defined]
    return view


def takes_upload(*, max_bytes: int) -> Callable[[View], View]:
    """Mark a view as taking a multipart form of at most `max_bytes` instead of a JSON body."""

    def mark(view: View) -> View:
        view.upload_bytes = max_bytes  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Check every request before its view runs, whatever the path, and fence every answer."""
    app.config["MAX_FORM_PARTS"] = 100
    app.before_request(check_request)
    app.after_request(fence_answer)


def check_request() -> ResponseReturnValue | None:
    """Raise Forbidden, TokenRequired, UnsupportedMediaType or TooLarge, or let the request pass."""
    check_host()
    answer = check_token()
    if answer is None:
        check_origin()
        check_body()
    return answer


def check_host() -> None:
    """Refuse a Host header that does not name this server: a foreign name may be one that was rebound to it."""
    authority = hosts.parse_authority(request.environ.get("HTTP_HOST", ""))
    if authority is None or not _is_ours(authority.host):
        raise Forbidden("The Host header does not name this server.")


def _is_ours(host: str) -> bool:
    settings = current.settings()
    if hosts.is_loopback(host) or host in (name.lower() for name in settings.allowed_hosts):
        return True
    if hosts.is_loopback(settings.host):
        return False
    return hosts.address_of(host) is not None or host in (settings.host.lower(), socket.gethostname().lower())


def check_token() -> ResponseReturnValue | None:
    """Demand the token as bearer, cookie or `?token=`; a page asked for with the last is redirected to without it."""
    token = current.settings().token
    if token is None or request.method == "OPTIONS":
        return None
    offered = request.args.get(TOKEN_PARAMETER)
    if offered is not None and _matches(offered, token):
        return None if _is_api() or request.method != "GET" else _keep_token(token)
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not (_matches(bearer, token) or _matches(request.cookies.get(_cookie_name(), ""), token)):
        raise TokenRequired
    return None


def _matches(offered: str, token: str) -> bool:
    return hmac.compare_digest(offered.encode("utf-8", "surrogatepass"), token.encode())


def _is_api() -> bool:
    return request.path.startswith("/api/") or is_websocket()


def _cookie_name() -> str:
    """Cookies do not know ports, and a laptop may look at several viewers through tunnels."""
    authority = hosts.parse_authority(request.host)
    return f"runicorn_token_{authority.port if authority and authority.port else 80}"


def _keep_token(token: str) -> ResponseReturnValue:
    arguments = request.args.copy()
    arguments.poplist(TOKEN_PARAMETER)
    query = urlencode(list(arguments.items(multi=True)))
    answer = redirect("/" + request.path.lstrip("/\\") + (f"?{query}" if query else ""))
    # Lax: the page that links to a far viewer is of another site, and Strict would keep the cookie from the redirect.
    answer.set_cookie(_cookie_name(), token, httponly=True, samesite="Lax", path="/")
    return answer


def is_websocket() -> bool:
    """Tell whether this request asks for a WebSocket."""
    return request.environ.get("HTTP_UPGRADE", "").lower() == "websocket"


def check_origin() -> None:
    """Refuse a write, or a socket, that a page of another origin asked for."""
    if request.method in SAFE_METHODS and not is_websocket():
        return
    origin = request.headers.get("Origin")
    if origin is None:
        foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")
    else:
        foreign = not hosts.same_origin(origin, request.host) and origin not in current.settings().allowed_origins
    if foreign:
        raise Forbidden("This request came from a page of another origin.")


def check_body() -> None:
    """Refuse a body of the wrong type or size before it is read. What has no route is answered as such."""
    if request.method in SAFE_METHODS or request.routing_exception is not None:
        return
    upload_bytes = getattr(_view(), "upload_bytes", None)
    request.max_content_length = upload_bytes or current.settings().max_body_bytes
    if (request.content_length or 0) > request.max_content_length:
        raise TooLarge(f"The body is over the limit of {request.max_content_length} bytes.")
    has_body = bool(request.content_length) or "Transfer-Encoding" in request.headers
    if not request.mimetype and not has_body:
        return
    if upload_bytes and request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("This call takes a file as multipart/form-data.")
    if not upload_bytes and not request.is_json:
        raise UnsupportedMediaType("This call takes a JSON body: Content-Type must be application/json.")


def _view() -> object:
    return current_app.view_functions.get(request.endpoint or "")


def fence_answer(response: Response) -> Response:
    """Add the headers that keep an answer from being guessed at, framed, or read by other origins."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    if _is_api():
        headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
        headers.setdefault("Cache-Control", "no-store")
    if is_shared() and response.status_code not in (401, 403):
        _share(response)
    else:
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    return response


def is_shared() -> bool:
    """Tell whether any origin may read the answer of the current route."""
    reads = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    return reads and request.blueprint in SHARED and not getattr(_view(), "private", False) and not is_websocket()


def _share(response: Response) -> None:
    origins = current.settings().cors
    if not origins or request.method not in SAFE_METHODS:
        return
    options: Any = {
        "origins": list(origins),
        "methods": ["GET", "HEAD", "OPTIONS"],
        "allow_headers": "*",
        "expose_headers": list(EXPOSED_HEADERS),
        "send_wildcard": True,
        "supports_credentials": False,
    }
    set_cors_headers(response, get_cors_options(current_app, options))
    response.headers.pop("Access-Control-Allow-Private-Network", None)
