"""Preferences of the published web interface: column widths and dismissed alerts."""

from __future__ import annotations

from marshmallow import fields

from runicorn.viewer.schemas.base import Schema, text


class WidthsQuery(Schema):
    """One table at one window size."""

    table = text("Name of the table.", required=True)
    size = text("Window size, as in 1920x1080.", required=True)


class ResetQuery(Schema):
    """One table, at one window size or at all of them."""

    table = text("Name of the table.", required=True)
    size = text("Window size; all when left out.")


class WidthsBody(WidthsQuery):
    """Widths to keep."""

    widths = fields.Dict(keys=fields.String(), values=fields.Integer(strict=True), required=True)
    window_width = fields.Integer(allow_none=True)
    window_height = fields.Integer(allow_none=True)


class Widths(WidthsQuery):
    """Widths in pixels by column, empty when none are kept."""

    widths = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class Done(Schema):
    """What was done."""

    ok = fields.Boolean(required=True)
    message = fields.String(required=True)


class AlertBody(Schema):
    """One alert."""

    alert_id = fields.String(required=True)


class Alerts(Schema):
    """Alerts that are not shown any more."""

    dismissed_alerts = fields.List(fields.String(), required=True)
