"""This project and its published versions 0.5.3 and 0.7.2."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from environments import find_script

from peers.peer import LOWEST_LOSS, NAMES, PAGE, Cannot, Chart, ChartPage, Curve, Peer
from peers.server import Server

POINTS = 2000
LOWEST = "SELECT run_id, min(value) FROM metrics WHERE metric = 'loss' GROUP BY ALL"
COLOUR = (79, 70, 200)


class This(Peer):
    """The checkout this file belongs to, run by the interpreter that runs the comparison."""

    key, title, package = "this", "this project", "runicorn"
    requirements: ClassVar[tuple[str, ...]] = ()
    ready = "/api/health"

    def command(self, python: Path, port: int) -> list[str]:
        return [str(python), "-P", "-m", "runicorn", "viewer", "--storage", "root", "--port", str(port)]

    def list_runs(self, server: Server, runs: int) -> int:
        return len(server.get_json("/api/runs"))

    def page(self, server: Server) -> int:
        search = quote(f"status = finished and metrics.loss.last < {LOWEST_LOSS}")
        found = server.get(f"/?q={search}&sort=-metrics.acc.last&per_page={PAGE}")
        return found.count(b'name="run"')

    def long_run(self, server: Server) -> str:
        (run,) = [run["id"] for run in server.get_json("/api/runs")]
        return str(run)

    def chart(self, server: Server, run: str) -> Chart:
        answer = server.get_json(f"/api/v2/runs/{run}/series?max_points={POINTS}")
        return {
            line["name"]: Curve(line["steps"], line["values"], frozenset(line["nonfinite"]["steps"]))
            for line in answer["series"]
        }

    def sql(self, python: Path) -> list[str]:
        return [str(python), "-P", "-m", "runicorn", "sql", LOWEST, "--storage", "root", "--json"]

    def chart_page(self, run: str) -> ChartPage:
        return ChartPage(f"/runs/{run}", "[data-metric] canvas", COLOUR)


class Published053(This):
    """Reads what this project wrote: the layout on disk is the same."""

    key, title, requirements = "runicorn053", "Runicorn 0.5.3", ("runicorn==0.5.3",)
    writer: ClassVar[str | None] = "this"

    def command(self, python: Path, port: int) -> list[str]:
        program = find_script(python.parent.parent, "runicorn")
        return [str(program), "viewer", "--storage", "root", "--host", "127.0.0.1", "--port", str(port)]

    def page(self, server: Server) -> int:
        raise Cannot("its filtered list answers, but finds no runs")

    def chart(self, server: Server, run: str) -> Chart:
        rows = server.get_json(f"/api/runs/{run}/metrics_step?downsample={POINTS}")["rows"]
        chart = {}
        for name in NAMES:
            first = next((number for number, row in enumerate(rows) if row.get(name) is not None), len(rows))
            shown = rows[first:]
            chart[name] = Curve([row["global_step"] for row in shown], [row[name] for row in shown])
        return chart

    def sql(self, python: Path) -> list[str]:
        raise Cannot("has no SQL over runs")

    def chart_page(self, run: str) -> ChartPage:
        raise Cannot("its page is not measured in a browser")


class Published072(Published053):
    """Keeps a SQLite copy beside the files. Its long run holds the events that this project wrote."""

    key, title, requirements = "runicorn072", "Runicorn 0.7.2", ("runicorn==0.7.2",)
    slow_runs = True
    writer = None
    borrows_events = True

    def page(self, server: Server) -> int:
        raise Cannot("filters by path alone on the server")
