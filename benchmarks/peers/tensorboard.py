"""TensorBoard, with event files by tensorboardX."""

from __future__ import annotations

import json
from pathlib import Path

from environments import find_script

from peers.peer import NAMES, Cannot, Chart, ChartPage, Curve, Peer
from peers.server import Server

COLOUR = (66, 80, 102)


class TensorBoard(Peer):
    """Loads event files in the background from its start on, so its answers grow until all is read."""

    key, title, package = "tensorboard", "TensorBoard", "tensorboard"
    listed = "names alone"
    requirements = ("tensorboard==2.21", "tensorboardX")

    def command(self, python: Path, port: int) -> list[str]:
        program = find_script(python.parent.parent, "tensorboard")
        return [str(program), "--logdir", "runs", "--host", "127.0.0.1", "--port", str(port)]

    def list_runs(self, server: Server, runs: int) -> int:
        return len(server.get_json("/data/runs"))

    def page(self, server: Server) -> int:
        raise Cannot("filters run names alone, in the browser")

    def long_run(self, server: Server) -> str:
        return "long"

    def chart(self, server: Server, run: str) -> Chart:
        asked = json.dumps([{"plugin": "scalars", "tag": name} for name in NAMES])
        answers = server.post_form("/experiment/defaultExperimentId/data/plugin/timeseries/timeSeries", requests=asked)
        chart = {}
        for answer in answers:
            points = answer.get("runToSeries", {}).get(run, [])
            values = [float(point["value"]) for point in points]
            chart[answer["tag"]] = Curve([point["step"] for point in points], values)
        return chart

    def chart_page(self, run: str) -> ChartPage:
        return ChartPage("/?darkMode=false#timeseries", "scalar-card line-chart", COLOUR)
