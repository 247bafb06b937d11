"""What a run recorded about its surroundings."""

from __future__ import annotations

from marshmallow import fields

from runicorn.viewer.schemas.base import Schema


class EnvironmentAnswer(Schema):
    """The environment, absent when none was recorded and empty when its file is damaged."""

    available = fields.Boolean(required=True)
    environment = fields.Dict()
