"""Archives of runs."""

from __future__ import annotations

from flask_smorest.fields import Upload
from marshmallow import fields

from runicorn.viewer.schemas.base import Schema


class ArchiveUpload(Schema):
    """An archive: .zip, .tar.gz, .tgz or .tar, told apart by its first bytes."""

    file = Upload(required=True)


class ImportAnswer(Schema):
    """What the archive brought."""

    ok = fields.Boolean(required=True)
    imported_files = fields.Integer(required=True)
    new_run_dirs = fields.List(fields.String(), required=True)
    new_run_ids = fields.List(fields.String(), required=True)
    storage = fields.String(required=True)
    new_versions = fields.List(fields.String(), metadata={"description": "Artifact versions, name:v1."})
    ignored_files = fields.Integer(metadata={"description": "Members that belong to neither a run nor an artifact."})
