"""Export of one run."""

from __future__ import annotations

from marshmallow import fields, validate

from runicorn.viewer.schemas.base import Schema


class ReportQuery(Schema):
    """Format of the report: markdown or html."""

    format = fields.String(load_default="markdown", metadata={"enum": ["markdown", "html"]})


class ExportBody(Schema):
    """One run as a file."""

    run_id = fields.String(required=True)
    format = fields.String(load_default="json", validate=validate.OneOf(["json", "csv"]))
    include_media = fields.Boolean(load_default=False, metadata={"description": "Embed images as base64 (json only)."})
