"""The blueprint every module of the API uses: flask-smorest's, with JSON bodies parsed by orjson."""

from __future__ import annotations

from typing import Any

import flask_smorest
import marshmallow as ma
import orjson
from flask import Request
from webargs.flaskparser import FlaskParser, abort


class Parser(FlaskParser):
    """webargs' parser for Flask. A missing body and text that is no JSON are refused like any other bad body.

    orjson knows a limit of depth, so no body exhausts the stack.
    """

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        data = req.get_data()
        if not data:
            return {} if getattr(schema, "optional_body", False) else _refuse("A JSON body is required.")
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError as error:
            return _refuse(f"Not JSON: {error}.")


def _refuse(text: str) -> None:
    abort(422, messages={"json": [text]})


class Blueprint(flask_smorest.Blueprint):
    """Calls below one address, described in /openapi.json."""

    ARGUMENTS_PARSER = Parser()
