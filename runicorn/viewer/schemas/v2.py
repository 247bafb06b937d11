"""Experiments: the list with filters, one in detail, fast metrics, batch deletion."""

from __future__ import annotations

from marshmallow import fields, validate

from runicorn.viewer.schemas.base import Schema, optional_number, optional_text, text
from runicorn.viewer.schemas.runs import RunItem, RunLabels, RunPaths, RunTimes

ORDERS = ("created_at", "updated_at", "best_metric_value", "status")


class ListQuery(Schema):
    """Filters, all of which must hold, then order, then page."""

    project = text("Exact project.")
    name = text("Exact experiment name.")
    status = text("One status, or several with commas between.")
    tags = text("Tags with commas between; a run must have all of them.")
    search = text("Part of project, name, id or notes; case does not matter.")
    created_after = fields.Float(metadata={"description": "Unix time, included."})
    created_before = fields.Float(metadata={"description": "Unix time, included."})
    best_metric_min = fields.Float(metadata={"description": "Included."})
    best_metric_max = fields.Float(metadata={"description": "Included."})
    include_deleted = fields.Boolean(load_default=False, metadata={"description": "Add what is in the recycle bin."})
    page = fields.Integer(load_default=1, validate=validate.Range(1, 10**9))
    per_page = fields.Integer(load_default=50, validate=validate.Range(1, 1000))
    order_by = fields.String(load_default="created_at", metadata={"enum": list(ORDERS)})
    order_desc = fields.Boolean(load_default=True)


class Experiment(RunItem, RunTimes, RunLabels, RunPaths):
    """A run as v2 shows it."""

    best_metric_step = optional_number("Step of the best value.")
    best_metric_mode = optional_text("max or min.")
    summary = fields.Dict()
    deleted_at = optional_number("When it went to the recycle bin.")


class ExperimentPage(Schema):
    """One page of the list. `total` counts after the filters."""

    experiments = fields.List(fields.Nested(Experiment), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    per_page = fields.Integer(required=True)
    has_next = fields.Boolean(required=True)
    has_prev = fields.Boolean(required=True)
    query_time_ms = fields.Float(required=True)


class StepRange(Schema):
    """First and last step."""

    min = fields.Integer(required=True)
    max = fields.Integer(required=True)


class MetricsSummary(Schema):
    """What a run logged."""

    total_data_points = fields.Integer(required=True, metadata={"description": "Steps with metrics."})
    available_metrics = fields.List(fields.String(), required=True)
    step_range = fields.Nested(StepRange, required=True, allow_none=True)


class ExperimentDetail(Schema):
    """One experiment with what it logged."""

    experiment = fields.Nested(Experiment, required=True)
    metrics_summary = fields.Nested(MetricsSummary, required=True)
    environment_available = fields.Boolean(required=True)
    file_count = fields.Integer(required=True)


class FastQuery(Schema):
    """Which metrics, which steps and how many rows."""

    metric_names = text("Metrics with commas between; all when left out.")
    step_range = text("`min:max`, both included.")
    downsample = fields.Integer(validate=validate.Range(2, 1_000_000))


class Filters(Schema):
    """What of the query was applied."""

    metrics = fields.List(fields.String(), required=True, allow_none=True)
    step_range = fields.List(fields.Integer(), required=True, allow_none=True)
    downsampled = fields.Boolean(required=True)


class FastTable(Schema):
    """Rows by step."""

    columns = fields.List(fields.String(), required=True)
    rows = fields.List(fields.Dict(), required=True)
    query_time_ms = fields.Float(required=True)
    total_points = fields.Integer(required=True, metadata={"description": "Rows before sampling."})
    applied_filters = fields.Nested(Filters, required=True)


class BatchBody(Schema):
    """Runs to move to the recycle bin, 1 to 1000; ids of any form."""

    exp_ids = fields.Raw(
        allow_none=True, metadata={"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1000}
    )
    reason = fields.String(load_default="user_batch_delete")


class BatchAnswer(Schema):
    """What became of each id."""

    deleted = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    deleted_count = fields.Integer(required=True)
    results = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)
    message = fields.String(required=True)
