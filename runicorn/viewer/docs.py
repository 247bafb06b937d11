"""`/openapi.json` from the schemas, and `/docs`: Swagger UI from the installed package, with no other host asked."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import flask_smorest
from flask import Blueprint, Flask, Response, abort, redirect, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from runicorn._version import __version__
from runicorn.viewer import answers
from runicorn.viewer.schemas.errors import ErrorAnswer

ABOUT = """Every call of the viewer. Errors are `{"detail": ...}`: text, except 422, where it is a list of
`{"loc", "msg", "type"}`, and 409 of the remote calls, where it is an object. Times are Unix seconds, sizes bytes.
NaN and infinities are `null`. Writes take `application/json`.

Two WebSockets, which OpenAPI cannot describe: `/api/runs/{id}/logs/ws` sends the log of a run line by line;
`/api/live` follows runs and lists of runs. Both are described in docs/http-api.md."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Runicorn HTTP API</title>
<link rel="stylesheet" href="{assets}swagger-ui.css">
<link rel="icon" href="{assets}favicon-32x32.png">
<div id="api" data-schema="{schema}"></div>
<script src="{assets}swagger-ui-bundle.js"></script>
<script src="{assets}start.js"></script>
</html>
"""
START = """const element = document.getElementById("api");
SwaggerUIBundle({ domNode: element, url: element.dataset.schema, deepLinking: true, validatorUrl: null });
"""


class OpenApi(flask_smorest.Api):
    """flask-smorest's API with our error shape, documented and sent."""

    ERROR_SCHEMA = ErrorAnswer

    def _register_error_handlers(self) -> None:
        """`answers` owns the handlers."""

    @cache  # noqa: B019 - one per application, for as long as it lives
    def _schema(self) -> bytes:
        return answers.dump(self.spec.to_dict())

    def _openapi_json(self) -> Response:
        return answers.raw(self._schema())


def init_app(app: Flask, blueprints: Iterable[Blueprint]) -> None:
    """Register the blueprints of the API and the pages that describe them."""
    app.config.update(
        API_TITLE="Runicorn",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/",
    )
    api = OpenApi(app, spec_kwargs={"info": {"description": ABOUT, "license": {"name": "MIT"}}})
    for blueprint in blueprints:
        if isinstance(blueprint, flask_smorest.Blueprint):
            api.register_blueprint(blueprint)
        else:
            app.register_blueprint(blueprint)
    app.add_url_rule("/docs", view_func=show_docs)
    app.add_url_rule("/redoc", view_func=show_redoc)
    app.add_url_rule("/docs/<name>", view_func=show_docs_asset)


def show_docs() -> Response:
    """The page that lists every call and can try it."""
    assets = url_for("show_docs_asset", name="")
    page = PAGE.format(assets=assets, schema=url_for("api-docs.openapi_json"))
    return _fenced(Response(page, mimetype="text/html"))


def show_redoc() -> ResponseReturnValue:
    """The published package had a second such page; one is enough."""
    return redirect(url_for("show_docs"))


def show_docs_asset(name: str) -> ResponseReturnValue:
    """A file of Swagger UI, or the script that starts it."""
    if name == "start.js":
        return Response(START, mimetype="text/javascript")
    if name not in ASSETS:
        abort(404)
    answer = send_from_directory(_swagger_folder(), name, max_age=86400)
    return _fenced(answer)


@cache
def _swagger_folder() -> Path:
    spec = importlib.util.find_spec("flask_swagger_ui")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "dist"


def _fenced(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return answer
