"""MLflow with SQLite."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, ClassVar

from environments import find_script

from peers.peer import LOWEST_LOSS, NAMES, PAGE, Cannot, Chart, Curve, Peer
from peers.server import Server

API = "/ajax-api/2.0/mlflow"
POINTS = 320
"""What its page asks for."""


class MLflow(Peer):
    """Its server with the default of four worker processes."""

    key, title, requirements, package = "mlflow", "MLflow", ("mlflow",), "mlflow"
    ready = "/health"
    slow_steps = slow_runs = True
    environment: ClassVar = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}

    def command(self, python: Path, port: int) -> list[str]:
        program = find_script(python.parent.parent, "mlflow")
        store = ["--backend-store-uri", "sqlite:///mlflow.db"]
        return [str(program), "server", *store, "--host", "127.0.0.1", "--port", str(port)]

    def list_runs(self, server: Server, runs: int) -> int:
        return len(self._search(server, max_results=max(1, runs)))

    def page(self, server: Server) -> int:
        wanted = f"attributes.status = 'FINISHED' and metrics.loss < {LOWEST_LOSS}"
        return len(self._search(server, max_results=PAGE, filter=wanted, order_by=["metrics.acc DESC"]))

    def _search(self, server: Server, **question: Any) -> list[Any]:
        experiment = server.get_json(f"{API}/experiments/get-by-name?experiment_name=bench")["experiment"]
        question["experiment_ids"] = [experiment["experiment_id"]]
        return list(server.post_json(f"{API}/runs/search", question).get("runs", []))

    def long_run(self, server: Server) -> str:
        return str(self._search(server, max_results=1)[0]["info"]["run_id"])

    def chart(self, server: Server, run: str) -> Chart:
        chart = {}
        for name in NAMES:
            asked = f"run_ids={run}&metric_key={name}&max_results={POINTS}"
            points = server.get_json(f"{API}/metrics/get-history-bulk-interval?{asked}").get("metrics", [])
            values = [_number(point.get("value")) for point in points]
            chart[name] = Curve([int(point.get("step", 0)) for point in points], values)
        return chart

    def sql(self, python: Path) -> list[str]:
        raise Cannot("has a database, but no way of its own to ask it in SQL")


def _number(value: Any) -> float:
    """Numbers come as such, the others as text."""
    return math.nan if value is None else float(value)
