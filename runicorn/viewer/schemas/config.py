"""Configuration and preferences."""

from __future__ import annotations

from marshmallow import fields

from runicorn.viewer.schemas.base import Schema, text


class ConfigAnswer(Schema):
    """Where the viewer reads from."""

    user_root_dir = text("The saved storage root, empty when none is saved.", required=True)
    storage = text("The storage root in use.", required=True)
    config_file = text("Path of config.json.", required=True)
    version = text("Version of Runicorn.", required=True)


class RootBody(Schema):
    """A folder; `~`, `$VAR` and `%VAR%` are expanded. An empty one is refused."""

    path = fields.String(load_default="", metadata={"example": "~/experiments"})


class RootChange(Schema):
    """A folder under one of three names."""

    user_root_dir = fields.String()
    user_root = fields.String()
    path = fields.String()


class RootAnswer(Schema):
    """The root that is saved and served now."""

    ok = fields.Boolean(required=True)
    user_root_dir = text("The saved storage root.", required=True)
    storage = text("The storage root in use.", required=True)
    message = fields.String(required=True)
