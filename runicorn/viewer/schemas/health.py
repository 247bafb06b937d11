"""Health of the viewer."""

from __future__ import annotations

from marshmallow import fields

from runicorn.viewer.schemas.base import Schema, text


class CacheHealth(Schema):
    """The column cache in short."""

    enabled = fields.Boolean(required=True)
    type = fields.String(required=True)
    hit_rate = text("Share of answers from the cache.", required=True)
    hits = fields.Integer(required=True)
    misses = fields.Integer(required=True)
    incremental_updates = fields.Integer(required=True)
    size = fields.Integer(required=True)
    max_size = fields.Integer(required=True)


class Health(Schema):
    """This answer means that the viewer is up."""

    status = text("Always ok.", required=True)
    storage = text("The storage root.", required=True)
    version = text("Version of Runicorn.", required=True)
    timestamp = fields.Float(required=True)
    remote_mode = fields.Boolean(required=True)
    cache = fields.Nested(CacheHealth, required=True)
