"""GET /api/export/<id>/csv, GET /api/export/<id>/report and POST /api/export"""

from __future__ import annotations

import base64
from typing import Any

from flask import Response
from werkzeug.utils import secure_filename

from runicorn.errors import NotFound, RunNotFound
from runicorn.export.metrics import iter_csv
from runicorn.export.report import write_report
from runicorn.query.records import RunRecord
from runicorn.viewer import answers, current, records
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.export import ExportBody, ReportQuery

MAX_MEDIA_BYTES = 64 * 1024 * 1024

blp = Blueprint("export", __name__, url_prefix="/api/export", description="One run as a file.")

FILE = {"type": "string", "format": "binary"}


@blp.get("/<run_id>/csv")
@blp.response(200, FILE, content_type="text/csv")
def export_csv(run_id: str) -> Response:
    """Send every metrics event of a run as CSV. Text that a spreadsheet would run is quoted with an apostrophe."""
    run = _get(run_id)
    return _file(iter_csv(run), "text/csv", f"{run.id}_metrics.csv")


@blp.get("/<run_id>/report")
@blp.arguments(ReportQuery, location="query")
@blp.response(200, FILE, content_type="text/markdown")
@blp.alt_response(200, schema=FILE, content_type="text/html", success=True)
def export_report(query: dict[str, Any], run_id: str) -> Response:
    """Send a short report about a run."""
    run = _get(run_id)
    text = write_report(current.reader(), run, format=query["format"])
    kind = "text/html" if query["format"] == "html" else "text/markdown"
    return _file(text, kind, f"{run.id}_report.{query['format']}")


@blp.post("")
@blp.arguments(ExportBody)
@blp.response(200, FILE, content_type="application/json")
@blp.alt_response(200, schema=FILE, content_type="text/csv", success=True)
def export_run(body: dict[str, Any]) -> Response:
    """Send one run as JSON, with its metrics by step and optionally its images, or as CSV."""
    run = _get(body["run_id"])
    if body["format"] == "csv":
        return _file(iter_csv(run), "text/csv", f"{run.id}.csv")
    document = {**records.run_detail(run), "metrics_by_step": current.reader().metrics.by_step(run).rows()}
    if body["include_media"]:
        document["media"] = list_media(run)
    return _file(answers.dump(document), "application/json", f"{run.id}.json")


def list_media(run: RunRecord) -> list[dict[str, Any]]:
    """Return the images of a run with their bytes as base64; null for those missing or beyond 64 MiB in all."""
    left = MAX_MEDIA_BYTES
    media = []
    for image in current.reader().media.list(run, ["image"]):
        size = image.file.stat().st_size if image.file else 0
        data = image.file.read_bytes() if image.file and size <= left else None
        left -= len(data or b"")
        text = base64.b64encode(data).decode() if data is not None else None
        media.append({"key": image.key, "step": image.step, "caption": image.caption, "path": image.path, "data": text})
    return media


def _get(run_id: str) -> RunRecord:
    try:
        return current.reader().runs.get(run_id)
    except RunNotFound as error:
        raise NotFound(f"Run {run_id} not found") from error


def _file(body: Any, kind: str, name: str) -> Response:
    answer = Response(body, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{secure_filename(name)}"'
    return answer
