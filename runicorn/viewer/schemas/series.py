"""Curves in columns, for charts."""

from __future__ import annotations

from marshmallow import fields, validate

from runicorn.viewer.schemas.base import Schema

MAX_RUNS = 100
MAX_NAMES = 200


class SeriesQuery(Schema):
    """Which metrics, over what, in which range, at most how many points each."""

    names = fields.List(
        fields.String(),
        metadata={"description": "Metrics, repeated or with commas between; every numeric one when left out."},
    )
    x = fields.String(
        load_default="step",
        metadata={"description": "step, time (Unix seconds), relative (seconds since the first event) or a metric."},
    )
    start = fields.Float(metadata={"description": "Lowest x, included."})
    stop = fields.Float(metadata={"description": "Highest x, included."})
    scale = fields.String(
        load_default="linear",
        validate=validate.OneOf(["linear", "log"]),
        metadata={"description": "log: as many points for every power of ten of x, and none where it is not above 0."},
    )
    max_points = fields.Integer(
        load_default=2000,
        validate=validate.Range(8, 100_000),
        metadata={"description": "First, last, lowest and highest point of every bucket stay."},
    )


class ManySeriesQuery(SeriesQuery):
    """The same for several runs."""

    runs = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(1),
        metadata={"description": f"Ids, repeated or with commas between; at most {MAX_RUNS}."},
    )


class Nonfinite(Schema):
    """Points that are no finite number: how many in the run, the first of them, and those inside the range."""

    count = fields.Integer(required=True)
    first_step = fields.Integer(required=True, allow_none=True)
    steps = fields.List(fields.Integer(), required=True)
    kinds = fields.List(fields.String(validate=validate.OneOf(["nan", "inf", "-inf"])), required=True)


class Curve(Schema):
    """`steps`, `x` and `values` have one length; a value is null where it was not finite."""

    name = fields.String(required=True)
    steps = fields.List(fields.Integer(), required=True)
    x = fields.List(fields.Float(), required=True)
    values = fields.List(fields.Float(allow_none=True), required=True)
    total = fields.Integer(required=True, metadata={"description": "Points in the range before thinning."})
    nonfinite = fields.Nested(Nonfinite, required=True)


class DamageAnswer(Schema):
    """Lines of the event files that could not be read."""

    lines = fields.Integer(required=True)
    torn_tail = fields.Boolean(required=True)


class SeriesOfRun(Schema):
    """Curves of one run."""

    run_id = fields.String(required=True)
    x = fields.String(required=True)
    series = fields.List(fields.Nested(Curve), required=True)
    damage = fields.Nested(DamageAnswer, required=True)
    total_steps = fields.Integer(required=True)


class ManySeries(Schema):
    """Curves of several runs, in the order asked for; runs that are not there are named."""

    answers = fields.List(fields.Nested(SeriesOfRun), required=True)
    missing = fields.List(fields.String(), required=True)


class Point(Schema):
    """One value of a metric."""

    step = fields.Integer(required=True)
    value = fields.Float(required=True)
    timestamp = fields.Float(required=True, allow_none=True)


class PointsQuery(Schema):
    """Which metrics, and how many of their last points."""

    metrics = fields.String(metadata={"description": "Metrics with commas between; all when left out."})
    limit = fields.Integer(validate=validate.Range(1, 10**9))


class Points(Schema):
    """The numeric points of metrics, by step."""

    run_id = fields.String(required=True)
    metrics = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(Point)), required=True)
