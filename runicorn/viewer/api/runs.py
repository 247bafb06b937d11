"""GET /api/runs, GET /api/runs/<id> and POST /api/status/check"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from runicorn.query.records import RunRecord
from runicorn.storage.status import mark_dead_runs
from runicorn.viewer import answers, current, records
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.runs import CheckAnswer, RunDetail, RunItem

blp = Blueprint("runs", __name__, url_prefix="/api", description="Runs, single and in lists.")


@blp.get("/runs")
@blp.response(200, RunItem(many=True))
def list_runs() -> Response:
    """List the live runs: by project and name, newest first within a name."""
    runs = current.reader().runs.live_runs()
    return answers.raw(current.viewer().run_list.answer(runs, _dump_list))


def _dump_list(runs: Sequence[RunRecord]) -> bytes:
    return answers.dump([records.run_item(run) for run in runs])


@blp.get("/runs/<run_id>")
@blp.response(200, RunDetail)
def show_run(run_id: str) -> Response:
    """Show one run: state, times, labels, parameters, summary and what could not be read."""
    return answers.respond(records.run_detail(current.reader().runs.get(run_id)))


@blp.post("/status/check")
@blp.response(200, CheckAnswer)
def check_status() -> Response:
    """Write down which runs died without saying so; the same happens once a minute by itself."""
    checked, updated = mark_dead_runs(current.root())
    message = f"Checked {checked} running experiments, updated {updated} statuses"
    return answers.respond({"checked": checked, "updated": updated, "message": message})
