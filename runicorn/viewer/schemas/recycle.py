"""The recycle bin."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from runicorn.viewer.schemas.base import Schema, optional_number, optional_text
from runicorn.viewer.schemas.runs import RUN_ID

ID_LIST = {
    "type": "array",
    "items": {"type": "string", "pattern": "^[0-9]{8}_[0-9]{6}_[a-f0-9]{6}$"},
    "minItems": 1,
    "maxItems": 100,
    "example": [RUN_ID],
}

FALSY: list[Any] = [None, False, 0, "", [], {}]


class RunIds(Schema):
    """1 to 100 runs. One bad id refuses them all."""

    run_ids = fields.Raw(allow_none=True, metadata=ID_LIST)


class Outcome(Schema):
    """What became of one run."""

    success = fields.Boolean(required=True)
    error = fields.String()


class SoftDeleted(Schema):
    """What became of every run."""

    deleted_count = fields.Integer(required=True)
    results = fields.Dict(keys=fields.String(), values=fields.Nested(Outcome), required=True)
    message = fields.String(required=True)


class Restored(Schema):
    """What became of every run."""

    restored_count = fields.Integer(required=True)
    results = fields.Dict(keys=fields.String(), values=fields.Nested(Outcome), required=True)
    message = fields.String(required=True)


class DeletedRun(Schema):
    """A run in the recycle bin."""

    id = fields.String(required=True)
    project = optional_text("Project.")
    name = optional_text("Experiment name.")
    created_time = fields.Float(required=True)
    deleted_at = optional_number("When it went there.")
    delete_reason = optional_text("Why.")
    original_status = optional_text("Its status then.")
    run_dir = fields.String(required=True)


class RecycleBin(Schema):
    """All runs in the recycle bin."""

    deleted_runs = fields.List(fields.Nested(DeletedRun), required=True)


class BinPreview(Schema):
    """What emptying the recycle bin would do."""

    runs = fields.Integer(required=True)
    freed_bytes = fields.Integer(required=True)


class EmptyBody(Schema):
    """Say that you mean it."""

    confirm = fields.Raw(allow_none=True, metadata={"not": {"enum": FALSY}, "example": True})


class Emptied(Schema):
    """What emptying the recycle bin did. `kept` says why a run is still there."""

    permanently_deleted = fields.Integer(required=True)
    message = fields.String(required=True)
    freed_bytes = fields.Integer(required=True)
    kept = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
