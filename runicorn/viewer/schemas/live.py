"""Frames a page sends over the live socket."""

from __future__ import annotations

from marshmallow import fields, validate

from runicorn.viewer.schemas.base import Schema
from runicorn.viewer.schemas.series import MAX_RUNS, ManySeriesQuery


class WatchFrame(Schema):
    """What to watch from now on, instead of what was watched before."""

    list = fields.Boolean(load_default=False)
    runs = fields.List(fields.String(), load_default=[], validate=validate.Length(0, MAX_RUNS))
    logs = fields.String(load_default=None, allow_none=True)


class SeriesFrame(ManySeriesQuery):
    """Curves of runs; `id` comes back with the answer."""

    id = fields.Integer(required=True)
    names = fields.List(fields.String(), load_default=None, allow_none=True)
    start = fields.Float(allow_none=True)
    stop = fields.Float(allow_none=True)
