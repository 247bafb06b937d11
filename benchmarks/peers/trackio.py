"""trackio's local dashboard."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, ClassVar

from environments import find_script

from peers.peer import NAMES, Cannot, Chart, Curve, Peer
from peers.server import Server

LOWEST = "SELECT run_name, min(json_extract(metrics, '$.loss')) FROM metrics GROUP BY run_name"


class Trackio(Peer):
    """One SQLite file for each project."""

    key, title, requirements, package = "trackio", "trackio", ("trackio",), "trackio"
    slow_runs = True
    listed = "names and times alone"
    environment: ClassVar = {"TRACKIO_DIR": "trackio", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}

    def command(self, python: Path, port: int) -> list[str]:
        show = f"import trackio; trackio.show('bench', server_port={port}, open_browser=False, block_thread=True)"
        return [str(python), "-c", show]

    def list_runs(self, server: Server, runs: int) -> int:
        return len(_ask(server, "get_runs_for_project"))

    def page(self, server: Server) -> int:
        raise Cannot("filters names alone, in the browser")

    def long_run(self, server: Server) -> str:
        return str(_ask(server, "get_runs_for_project")[0]["id"])

    def chart(self, server: Server, run: str) -> Chart:
        runs = [{"run": "long", "run_id": run}]
        (answer,) = _ask(server, "get_logs_batch", runs=runs, scalar_only=True)
        rows = answer["logs"]
        return {name: _curve([row for row in rows if name in row], name) for name in NAMES}

    def sql(self, python: Path) -> list[str]:
        program = find_script(python.parent.parent, "trackio")
        return [str(program), "query", "project", "--project", "bench", "--sql", LOWEST, "--json"]


def _ask(server: Server, question: str, **parameters: Any) -> Any:
    return server.post_json(f"/api/{question}", {"project": "bench", **parameters})["data"]


def _curve(rows: list[dict[str, Any]], name: str) -> Curve:
    values = [math.nan if row[name] is None else float(row[name]) for row in rows]
    return Curve([row["step"] for row in rows], values)
