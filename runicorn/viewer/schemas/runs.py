"""Runs, as lists and single."""

from __future__ import annotations

from marshmallow import fields

from runicorn.viewer.schemas.base import Schema, optional_number, optional_text, text

RUN_ID = "20250601_120000_a1b2c3"


class RunItem(Schema):
    """One run in a list."""

    id = text("Id of the run.", required=True)
    run_dir = text("Absolute path of the run's folder.", required=True)
    created_time = fields.Float(
        required=True, metadata={"description": "When the run was made.", "example": 1748779200.5}
    )
    status = text("running, finished, failed, interrupted, or whatever status.json says.", required=True)
    pid = fields.Integer(allow_none=True, required=True)
    best_metric_value = optional_number("Best value of the primary metric.")
    best_metric_name = optional_text("Name of the primary metric.")
    project = optional_text("Project; null for old runs that name none.")
    name = optional_text("Experiment name; null for old runs that name none.")
    artifacts_created_count = fields.Integer(required=True)
    artifacts_used_count = fields.Integer(required=True)


class RunTimes(Schema):
    """When things happened to a run."""

    created_at = fields.Float(metadata={"description": "The same as created_time."})
    updated_at = fields.Float(metadata={"description": "Last change of any file of the run."})
    started_at = optional_number("When the run started.")
    ended_at = optional_number("When it ended; null while it runs.")
    duration_s = optional_number("Seconds from start to end, or to now while it runs.")


class RunLabels(Schema):
    """What people say about a run."""

    tags = fields.List(fields.String())
    notes = optional_text("Markdown.")
    group = optional_text("Group the run belongs to.")
    job_type = optional_text("What the run does within its group.")
    archived = fields.Boolean()
    pinned = fields.Boolean()


class RunPaths(Schema):
    """Where the files of a run are."""

    logs = text("Path of logs.txt.")
    metrics = text("Path of events.jsonl.")
    metrics_step = text("Path of events.jsonl.")


class RunDetail(RunItem, RunTimes, RunLabels, RunPaths):
    """One run whole, without its events."""

    best_metric_step = optional_number("Step of the best value.")
    best_metric_mode = optional_text("max or min.")
    stored_status = text("What status.json says; `status` differs when the process is gone.")
    liveness = optional_text("alive, dead or unknown for a run stored as running, else null.")
    hostname = optional_text("Machine the run was started on.")
    summary = fields.Dict(metadata={"description": "summary.json."})
    config = fields.Dict(metadata={"description": "Hyperparameters."})
    warnings = fields.List(fields.String(), metadata={"description": "What could not be read."})


class CheckAnswer(Schema):
    """How many runs were said to be running, and how many of them were not."""

    checked = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    message = text("The same in words.", required=True)


class Projects(Schema):
    """All projects that have live runs."""

    projects = fields.List(fields.String(), required=True)
    details = fields.List(
        fields.Nested(
            Schema.from_dict(
                {
                    "name": fields.String(),
                    "experiment_count": fields.Integer(),
                    "latest_update": fields.Float(allow_none=True),
                },
                name="ProjectDetails",
            )
        )
    )


class Names(Schema):
    """Experiment names of a project."""

    names = fields.List(fields.String(), required=True)
