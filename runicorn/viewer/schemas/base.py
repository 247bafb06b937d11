"""The base of all schemas: unknown fields are ignored, as documented."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields


class Schema(ma.Schema):
    """A JSON object or a query string. A call whose body may be left out sets `optional_body`."""

    optional_body = False

    class Meta:
        unknown = ma.EXCLUDE


class Number(fields.Float):
    """A JSON number; text is refused, which a query string does not allow for."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, str | bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def text(description: str, **options: Any) -> fields.String:
    """A text field that says what it is."""
    return fields.String(metadata={"description": description}, **options)


def optional_text(description: str) -> fields.String:
    """A text field of an answer that may be null."""
    return fields.String(allow_none=True, metadata={"description": description})


def optional_number(description: str) -> fields.Float:
    """A number of an answer that may be null."""
    return fields.Float(allow_none=True, metadata={"description": description})
