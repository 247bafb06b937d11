"""The one shape of errors."""

from __future__ import annotations

from marshmallow import fields

from runicorn.viewer.schemas.base import Schema


class ErrorAnswer(Schema):
    """Text; with 422 a list of `{"loc", "msg", "type"}`; with 409 of the remote calls an object."""

    detail = fields.Raw(required=True, metadata={"example": "Run not found"})
    retry_after = fields.Integer(metadata={"description": "Seconds to wait; only with 429."})
