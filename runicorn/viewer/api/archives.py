"""POST /api/import/archive"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.storage.archives import import_stream
from runicorn.viewer import access, answers, current
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.archives import ArchiveUpload, ImportAnswer

MAX_UPLOAD_BYTES = 2 * 1024**3

blp = Blueprint("archives", __name__, url_prefix="/api/import", description="Bringing runs in.")


@blp.post("/archive")
@access.takes_upload(max_bytes=MAX_UPLOAD_BYTES)
@blp.arguments(ArchiveUpload, location="files")
@blp.response(200, ImportAnswer)
def import_archive(upload: dict[str, Any]) -> Response:
    """Bring the runs of an archive in: all of them, or none. A run that is there already is never overwritten."""
    imported = import_stream(current.root(), upload["file"].stream)
    current.reader().runs.refresh(now=True)
    return answers.respond(
        {
            "ok": True,
            "imported_files": imported.imported_files,
            "new_run_dirs": [str(path) for path in imported.new_run_dirs],
            "new_run_ids": imported.new_run_ids,
            "storage": str(current.root()),
            "new_versions": imported.new_versions,
            "ignored_files": imported.ignored_files,
        }
    )
