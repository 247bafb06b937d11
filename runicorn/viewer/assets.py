"""Static files of the pages, and the Content-Security-Policy that lets a page load nothing else."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

from runicorn.export.assets import media_type, read_asset


def init_app(app: Flask) -> None:
    """Serve `/static/...` and put the policy on every HTML answer."""
    app.add_url_rule("/static/<path:name>", "static", show_asset)
    app.after_request(set_policy)


def show_asset(name: str) -> Response:
    """Return one of our files or uPlot's; the browser keeps it and asks whether it changed."""
    answer = Response(read_asset(name), content_type=media_type(name))
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def nonce() -> str:
    """Return the word that this answer's inline import map carries."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def policy(nonce: str) -> str:
    """Return a Content-Security-Policy: everything from this server, no inline script or style but the import map."""
    return (
        "default-src 'none'; "
        f"script-src 'self' 'nonce-{nonce}'; "
        "style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )


def set_policy(answer: Response) -> Response:
    if answer.mimetype == "text/html" and "Content-Security-Policy" not in answer.headers:
        answer.headers["Content-Security-Policy"] = policy(nonce())
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer
