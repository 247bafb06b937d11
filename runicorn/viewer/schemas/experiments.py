"""Tags, search and deletion, and the list the Python client reads."""

from __future__ import annotations

from marshmallow import fields, validate

from runicorn.viewer.schemas.base import Schema, text
from runicorn.viewer.schemas.v2 import Experiment


class ClientListQuery(Schema):
    """Filters and a window of the list."""

    project = text("Exact project.")
    name = text("Exact experiment name.")
    status = text("One status, or several with commas between.")
    limit = fields.Integer(validate=validate.Range(1, 100_000), metadata={"description": "All when left out."})
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10**9))


class ClientList(Schema):
    """Runs, newest first. `total` counts after the filters."""

    experiments = fields.List(fields.Nested(Experiment), required=True)
    total = fields.Integer(required=True)


class TagBody(Schema):
    """Tags for a run."""

    run_id = fields.String(metadata={"description": "Required."})
    tags = fields.List(fields.String(), load_default=list)
    append = fields.Boolean(load_default=True, metadata={"description": "Keep the tags it has."})


class LabelsBody(Schema):
    """What to change; what is left out stays."""

    tags = fields.List(fields.String())
    notes = fields.String(allow_none=True)
    group = fields.String(allow_none=True)
    job_type = fields.String(allow_none=True)
    archived = fields.Boolean(truthy={True}, falsy={False})
    pinned = fields.Boolean(truthy={True}, falsy={False})


class LabelsAnswer(LabelsBody):
    """All labels of the run now."""

    run_id = fields.String(required=True)


class Success(Schema):
    """It is done."""

    success = fields.Boolean(required=True)


class SearchQuery(Schema):
    """Filters, all of which must hold."""

    project = text("Exact project.")
    tags = text("Tags with commas between; a run must have all of them.")
    text = text("Part of project, name, id, notes or a tag; case does not matter.")
    archived = fields.Boolean(load_default=False)


class Found(Schema):
    """A run as the search shows it."""

    id = fields.String(required=True)
    project = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    tags = fields.List(fields.String(), required=True)
    description = fields.String(required=True, allow_none=True)
    created_at = fields.Float(required=True)
    updated_at = fields.Float(required=True)
    archived = fields.Boolean(required=True)
    pinned = fields.Boolean(required=True)


class SearchAnswer(Schema):
    """Runs found, latest change first."""

    experiments = fields.List(fields.Nested(Found), required=True)


class DeleteBody(Schema):
    """Runs to remove for good. Pinned ones need `force`."""

    run_ids = fields.Raw(
        allow_none=True, metadata={"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1000}
    )
    force = fields.Boolean(load_default=False)


class DeleteAnswer(Schema):
    """What became of each id, why the others stayed, and what that freed."""

    results = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    freed_bytes = fields.Integer(required=True)
