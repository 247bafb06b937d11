"""Artifacts: lists, versions, contents, lineage, stages and evaluations."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from runicorn.viewer.schemas.base import Schema, optional_number, optional_text, text

TYPE = "model, dataset, config, code, custom or any other; without it the first of these that has the name."


class TypeQuery(Schema):
    """Which of several artifacts of one name is meant."""

    type = text(TYPE)

    @post_load
    def drop_empty(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """`?type=` is no type."""
        return {key: value for key, value in data.items() if value != ""}


class ArtifactItem(Schema):
    """One artifact in a list."""

    name = fields.String(required=True)
    type = fields.String(required=True)
    num_versions = fields.Integer(required=True)
    latest_version = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True, metadata={"description": "Of the newest version."})
    created_at = fields.Float(required=True)
    updated_at = fields.Float(required=True)
    aliases = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class VersionItem(Schema):
    """One version in a list."""

    version = fields.Integer(required=True)
    created_at = fields.Float(required=True)
    created_by_run = optional_text("Id of the run that made it.")
    size_bytes = fields.Integer(required=True)
    num_files = fields.Integer(required=True)
    status = fields.String(required=True, metadata={"description": "ready, or deleted for one that is marked so."})
    aliases = fields.List(fields.String(), required=True)


class VersionDetail(VersionItem):
    """Everything said about one version."""

    name = fields.String(required=True)
    type = fields.String(required=True)
    updated_at = fields.Float(required=True)
    created_by_user = optional_text("Who made it, if known.")
    num_references = fields.Integer(required=True)
    metadata = fields.Dict(required=True)
    description = fields.String(required=True)
    tags = fields.List(fields.Raw(), required=True)
    manifest_digest = optional_text("SHA-256 of manifest.json in hex.")
    parent_artifacts = fields.List(fields.Raw())
    lifecycle_stage = fields.String()
    lifecycle_updated_at = fields.Float()
    stage_transitions = fields.List(fields.Dict())
    deleted_at = optional_number("When it was marked as deleted.")


class StoredFile(Schema):
    """One file of a version."""

    path = fields.String(required=True)
    size = fields.Integer(required=True)
    digest = fields.String(required=True, metadata={"description": "sha256:<hex>."})
    modified_at = optional_number("Modification time of the file when it was added.")
    absolute_path = fields.String(required=True)
    is_remote = fields.Boolean(required=True)


class ReferenceItem(Schema):
    """Something a version names and does not hold."""

    uri = fields.String(required=True)
    checksum = optional_text("As the caller gave it.")
    size = fields.Integer(allow_none=True)
    metadata = fields.Dict()


class VersionFiles(Schema):
    """The contents of a version. `total_size` counts references that say their size."""

    artifact = text("name:v1.", required=True)
    files = fields.List(fields.Nested(StoredFile), required=True)
    references = fields.List(fields.Nested(ReferenceItem), required=True)
    total_size = fields.Integer(required=True)
    total_files = fields.Integer(required=True)
    total_references = fields.Integer(required=True)
    is_remote = fields.Boolean(required=True)


class LineageQuery(TypeQuery):
    """Which artifact, and how far to go."""

    max_depth = fields.Integer(
        load_default=3,
        metadata={"description": "Steps each way, a step being a run and what is beyond it; over 10 counts as 10."},
    )


class LineageNode(Schema):
    """An artifact version (`name:v1`) or a run (`run:<id>`)."""

    node_type = fields.String(required=True, metadata={"enum": ["artifact", "run"]})
    node_id = fields.String(required=True)
    label = fields.String(required=True)
    metadata = fields.Dict(required=True)


class LineageEdge(Schema):
    """`produces` leads from a run to an artifact, `uses` from an artifact to a run."""

    source = fields.String(required=True)
    target = fields.String(required=True)
    edge_type = fields.String(required=True, metadata={"enum": ["produces", "uses"]})
    created_at = fields.Float(required=True)


class LineageGraph(Schema):
    """What led to a version and what came of it."""

    root_artifact = fields.String(required=True)
    nodes = fields.List(fields.Nested(LineageNode), required=True)
    edges = fields.List(fields.Nested(LineageEdge), required=True)
    created_by = fields.List(fields.String(), metadata={"description": "Ids of the runs that made the version."})
    used_by = fields.List(fields.String(), metadata={"description": "Ids of the runs that used the version."})
    truncated = fields.Boolean(metadata={"description": "The graph was cut at 2000 nodes."})


class TypeStats(Schema):
    """How much there is of one type."""

    count = fields.Integer(required=True)
    versions = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)


class StoreStats(Schema):
    """How much the artifact store holds. References count in `total_size_bytes` alone."""

    total_artifacts = fields.Integer(required=True)
    total_versions = fields.Integer(required=True)
    total_size_bytes = fields.Integer(required=True)
    total_files = fields.Integer(required=True)
    dedup_enabled = fields.Boolean(required=True)
    by_type = fields.Dict(keys=fields.String(), values=fields.Nested(TypeStats), required=True)
    dedup_pool_size_bytes = fields.Integer(required=True)
    space_saved_bytes = fields.Integer(required=True)
    dedup_ratio = fields.Float(required=True)


class DeleteQuery(TypeQuery):
    """Mark, or remove for good."""

    permanent = fields.Boolean(load_default=False)


class VersionDeleted(Schema):
    """What was done. `freed_bytes` comes with a permanent deletion."""

    success = fields.Boolean(required=True)
    message = fields.String(required=True)
    freed_bytes = fields.Integer()


class DeletionPreview(Schema):
    """What a permanent deletion would free."""

    artifact = fields.String(required=True)
    freed_bytes = fields.Integer(required=True)


class PromoteBody(Schema):
    """The stage to go to."""

    to_stage = fields.String(required=True, metadata={"example": "staging"})
    notes = fields.String(allow_none=True, load_default=None)
    evaluator_run_id = fields.String(allow_none=True, load_default=None)


class Promoted(Schema):
    """From where to where."""

    ok = fields.Boolean(required=True)
    artifact = fields.String(required=True)
    from_stage = fields.String(required=True)
    to_stage = fields.String(required=True)
    message = fields.String(required=True)


class EvaluateBody(Schema):
    """An evaluation. Name and version in the address win over those in the body; the date is now."""

    model_name = fields.String(required=True)
    model_version = fields.Integer(required=True)
    evaluation_date = fields.Float(required=True)
    metrics = fields.Dict(keys=fields.String(), values=fields.Float(allow_nan=True), required=True)
    status = fields.String(required=True, metadata={"description": "passed, failed, pending or any other word."})
    evaluator_run_id = fields.String(allow_none=True, load_default=None)
    test_dataset = fields.String(allow_none=True, load_default=None)
    notes = fields.String(allow_none=True, load_default=None)


class Evaluated(Schema):
    """The id of the new evaluation."""

    ok = fields.Boolean(required=True)
    eval_id = fields.String(required=True)
    message = fields.String(required=True)


class VersionQuery(TypeQuery):
    """One version, or the newest."""

    version = fields.Integer()


class EvaluationItem(Schema):
    """One evaluation."""

    id = fields.String(required=True)
    model_name = fields.String(required=True)
    model_version = fields.Integer(required=True)
    evaluation_date = fields.Float(required=True)
    evaluator_run_id = optional_text("Run that evaluated.")
    metrics = fields.Dict(required=True)
    test_dataset = optional_text("What it was tested on.")
    status = fields.String(required=True)
    notes = optional_text("Anything.")


class TrainingMetrics(Schema):
    """The summary of the run that made a version."""

    run_id = fields.String(required=True)
    run_name = optional_text("Experiment name.")
    project = optional_text("Project.")
    metrics = fields.Dict(required=True)
    created_at = fields.Float(required=True)
    duration_seconds = optional_number("From start to end of the run; null before it has ended.")
    status = fields.String(required=True)


class HistoryQuery(TypeQuery):
    """One metric, or all numbers."""

    metric_name = text("Key of the summary.")


class HistoryPoint(Schema):
    """Numbers from the summary of the run that made a version."""

    version = fields.Integer(required=True)
    created_at = fields.Float(required=True)
    run_id = fields.String(required=True)
    status = fields.String(required=True)
    metrics = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True), required=True)


class RunArtifact(Schema):
    """A version a run made or took."""

    name = fields.String(required=True)
    type = fields.String(required=True)
    version = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)
    created_at = fields.Float(required=True)
    description = fields.String(required=True)
    aliases = fields.List(fields.String(), required=True)
    lifecycle_stage = fields.String(required=True)
    status = fields.String(required=True)


class RunArtifacts(Schema):
    """What a run made and took."""

    created = fields.List(fields.Nested(RunArtifact), required=True)
    used = fields.List(fields.Nested(RunArtifact), required=True)


class RelationQuery(Schema):
    """One relation, or both."""

    relation = fields.String(validate=validate.OneOf(["created", "used"]))


class RelatedArtifact(RunArtifact):
    """A version a run made or took, and which of the two."""

    relation = fields.String(required=True, metadata={"enum": ["created", "used"]})


class RelatedArtifacts(Schema):
    """The list the Python client reads."""

    artifacts = fields.List(fields.Nested(RelatedArtifact), required=True)


class AliasBody(Schema):
    """The version to name."""

    version = fields.Integer(required=True, strict=True)


class Aliases(Schema):
    """All aliases of the artifact now."""

    ok = fields.Boolean(required=True)
    aliases = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
