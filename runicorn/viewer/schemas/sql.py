"""Ad hoc SQL."""

from __future__ import annotations

from marshmallow import fields, validate

from runicorn.viewer.schemas.base import Schema


class SqlBody(Schema):
    """One SELECT over the views of docs/sql.md."""

    query = fields.String(
        required=True, validate=validate.Length(1, 100_000), metadata={"example": "SELECT run_id, status FROM runs"}
    )
    parameters = fields.List(
        fields.Raw(allow_none=True), load_default=list, metadata={"description": "Values for `?` in the query."}
    )


class SqlAnswer(Schema):
    """Rows as lists, in the order of `columns`, and the limits they were found under."""

    columns = fields.List(fields.String(), required=True)
    types = fields.List(fields.String(), required=True)
    rows = fields.List(fields.List(fields.Raw(allow_none=True)), required=True)
    row_count = fields.Integer(required=True)
    truncated = fields.Boolean(required=True, metadata={"description": "There were more rows than max_rows."})
    max_rows = fields.Integer(required=True)
    timeout_s = fields.Float(required=True)
    query_time_ms = fields.Float(required=True)
