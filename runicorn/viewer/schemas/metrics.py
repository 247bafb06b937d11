"""Metrics: tables, series, cache."""

from __future__ import annotations

from marshmallow import fields, validate

from runicorn.viewer.schemas.base import Schema


class TableQuery(Schema):
    """How many rows to send at most."""

    downsample = fields.Integer(
        validate=validate.Range(100, 50000),
        metadata={"description": "At most this many rows, chosen so that the curve keeps its shape.", "example": 2000},
    )


class Table(Schema):
    """Rows that all have every column; null where nothing was logged."""

    columns = fields.List(fields.String(), required=True, metadata={"example": ["global_step", "acc", "loss"]})
    rows = fields.List(
        fields.Dict(), required=True, metadata={"example": [{"global_step": 1, "acc": None, "loss": 0.5}]}
    )
    total = fields.Integer(required=True, metadata={"description": "Rows before sampling."})
    sampled = fields.Integer(required=True, metadata={"description": "Rows sent."})


TABLE_HEADERS = {
    "X-Row-Count": {"description": "Rows sent.", "schema": {"type": "integer"}},
    "X-Total-Count": {"description": "Rows before sampling.", "schema": {"type": "integer"}},
    "X-Last-Step": {"description": "Last step; absent without rows.", "schema": {"type": "integer"}},
}


class CacheAnswer(Schema):
    """What the column cache did since the viewer started."""

    size = fields.Integer(required=True, metadata={"description": "Runs in the cache."})
    max_size = fields.Integer(required=True)
    hits = fields.Integer(required=True)
    misses = fields.Integer(required=True)
    incremental_updates = fields.Integer(required=True, metadata={"description": "Times only new bytes were read."})
    bytes = fields.Integer(required=True)
    hit_rate = fields.Float(required=True)
    incremental_rate = fields.Float(required=True)


class Progress(Schema):
    """Kept for old clients; no run records progress."""

    available = fields.Boolean(required=True)
    status = fields.String(required=True)
