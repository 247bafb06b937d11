"""POST /api/sql"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from flask import Response

from runicorn.query.sandbox import run_sql
from runicorn.viewer import answers, current
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.sql import SqlAnswer, SqlBody

blp = Blueprint("sql", __name__, url_prefix="/api/sql", description="Ad hoc SQL over everything.")


@blp.post("")
@blp.arguments(SqlBody)
@blp.response(200, SqlAnswer)
def run_query(body: dict[str, Any]) -> Response:
    """Run one SELECT over the views of docs/sql.md, in a process of its own that can read nothing else."""
    started = time.perf_counter()
    answer = run_sql(current.reader(), body["query"], body["parameters"])
    taken = round((time.perf_counter() - started) * 1000, 3)
    return answers.respond({**dataclasses.asdict(answer), "query_time_ms": taken})
