"""Figures over all runs."""

from __future__ import annotations

from marshmallow import fields, validate

from runicorn.viewer.schemas.base import Schema, text


class DaysQuery(Schema):
    """How far back to look."""

    days = fields.Integer(load_default=30, validate=validate.Range(1, 36_500))


class TrendQuery(DaysQuery):
    """One metric, of one project or of all."""

    metric_name = text("Name of the metric.", required=True)
    project = text("Exact project; all when left out.")


class Overview(Schema):
    """Counts, sizes and times."""

    overview = fields.Dict(required=True)
    storage_info = fields.Dict(required=True)
    generated_at = fields.Float(required=True)


class ProjectFigures(Schema):
    """One entry for each project with runs in the period."""

    projects = fields.List(fields.Dict(), required=True)
    analysis_period_days = fields.Integer(required=True)
    generated_at = fields.Float(required=True)


class Trend(Schema):
    """A metric by day, and over the period."""

    metric_name = fields.String(required=True)
    project = fields.String(required=True, allow_none=True)
    trend_data = fields.List(fields.Dict(), required=True)
    statistics = fields.Dict(required=True)
    analysis_period_days = fields.Integer(required=True)
    generated_at = fields.Float(required=True)


class HealthFigures(Schema):
    """What needs attention, and a score from 0 to 100."""

    health_status = fields.String(required=True, validate=validate.OneOf(["excellent", "good", "fair", "poor"]))
    health_score = fields.Float(required=True)
    issues = fields.List(fields.String(), required=True)
    performance = fields.Dict(required=True)
    storage = fields.Dict(required=True)
    checked_at = fields.Float(required=True)
