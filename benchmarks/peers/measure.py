"""What is asked of each viewer, in which order, and how long that takes."""

from __future__ import annotations

import math
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from peer_writer import odd_steps

from peers.data import Data, growing, surroundings
from peers.peer import Cannot, Chart, Peer
from peers.server import Server, free_port, serve

WARM = 5
UPDATES = 3
REST_S = 2.0
LOOKED_AT_S = 6.0
"""How long somebody looks at the charts of a viewer before it is ended."""

PATIENCE_S = 60.0
LOAD_S = 600.0

Figures = dict[str, list[float]]


class Session:
    """One tracker in one comparison: its interpreter, its writer's, its data, its figures and why some are missing."""

    def __init__(self, peer: Peer, python: Path, writer: Path, data: Data) -> None:
        self.peer, self.python, self.writer, self.data = peer, python, writer, data
        self.figures: Figures = defaultdict(list)
        self.missing: dict[str, str] = {}
        self.run = ""

    def measure(self) -> None:
        """Take every figure once; the caches of the viewer start empty."""
        self.missing.clear()
        for part in (self._measure_long, self._measure_many, self._measure_sql):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
                try:
                    part(Path(home))
                except (OSError, subprocess.SubprocessError) as error:
                    self.missing["failed"] = str(error)

    def serve(self, folder: Path, home: Path):  # type: ignore[no-untyped-def]
        """Run the viewer on `folder` until the block ends."""
        port = free_port()
        environment = surroundings(self.peer, home)
        command = self.peer.command(self.python, port)
        return serve(command, port, folder=folder, environment=environment, ready=self.peer.ready)

    def _measure_long(self, home: Path) -> None:
        last = self.data.last_step()
        with self.serve(self.data.long, home / "rest") as server:
            self.keep("start", server.ready_s)
            time.sleep(REST_S)
            self.keep("rest", server.memory_mib())
            self.run = self.peer.long_run(server)
        with self.serve(self.data.long, home) as server:
            started = time.perf_counter()
            chart = self.await_chart(server, last, LOAD_S)
            self.keep("chart first", time.perf_counter() - started)
            self.keep("launch", server.seconds())
            self._check(chart)
            self._repeat("chart warm", lambda: self.peer.chart(server, self.run))
            self.keep("chart peak", server.peak_mib())
            time.sleep(LOOKED_AT_S)
        with self.serve(self.data.long, home) as server:
            self.await_chart(server, last, LOAD_S)
            self.keep("launch again", server.seconds())
            self._update(server)
            self.keep("live peak", server.peak_mib())

    def _measure_many(self, home: Path) -> None:
        for turn in ("first", "again"):
            with self.serve(self.data.many, home) as server:
                started = time.perf_counter()
                while self.peer.list_runs(server, self.data.load.runs) < self.data.load.runs:
                    if time.perf_counter() - started > LOAD_S:
                        raise TimeoutError("the list never held all runs")
                self.keep(f"list {turn}", time.perf_counter() - started)
                if turn == "first":
                    self._repeat("list warm", lambda: self.peer.list_runs(server, self.data.load.runs))
                self._measure_page(server, turn)
                self.keep("list peak", server.peak_mib())

    def _measure_page(self, server: Server, turn: str) -> None:
        try:
            started = time.perf_counter()
            found = self.peer.page(server)
            self.keep(f"page {turn}", time.perf_counter() - started)
            self.keep("page rows", found)
            self._repeat("page warm", lambda: self.peer.page(server))
        except Cannot as reason:
            self.missing["page"] = str(reason)

    def _measure_sql(self, home: Path) -> None:
        try:
            command = self.peer.sql(self.python)
        except Cannot as reason:
            self.missing["sql"] = str(reason)
            return
        for turn in ("sql first", "sql warm", "sql warm"):
            started = time.perf_counter()
            subprocess.run(
                command,
                cwd=self.data.many,
                env=surroundings(self.peer, home) | self.peer.environment,
                stdout=subprocess.DEVNULL,
                check=True,
            )
            self.keep(turn, time.perf_counter() - started)

    def _update(self, server: Server) -> None:
        """How long after 100 new steps were logged the chart data end with the last of them."""
        with growing(self.peer, self.data, self.writer) as grow:
            for _ in range(UPDATES):
                step = grow()
                started = time.perf_counter()
                try:
                    self.await_chart(server, step, PATIENCE_S)
                    self.keep("live", time.perf_counter() - started)
                except TimeoutError:
                    self.missing["live"] = f"new steps were not shown within {PATIENCE_S:.0f} s"
                    return

    def await_chart(self, server: Server, last: int, patience_s: float) -> Chart:
        """Ask for the charts until they end at step `last`, less often the longer that takes: asking may hold it up."""
        started = time.perf_counter()
        while time.perf_counter() - started < patience_s:
            chart = self.peer.chart(server, self.run)
            if "loss" in chart and chart["loss"].steps and chart["loss"].steps[-1] >= last:
                return chart
            time.sleep(min(0.5, (time.perf_counter() - started) / 10))
        raise TimeoutError(f"the chart never reached step {last}")

    def _check(self, chart: Chart) -> None:
        steps = self.data.load.steps
        loss = dict(zip(chart["loss"].steps, chart["loss"].values, strict=True))
        marked = chart["grad_norm"].marked() if "grad_norm" in chart else frozenset()
        self.keep("spikes", sum(loss.get(step) == 1000.0 for step in odd_steps(steps, 0.4)))
        self.keep("gaps", sum(step in marked for step in odd_steps(steps, 0.7)))
        self.keep("late", float("late" in chart and any(map(_is_number, chart["late"].values))))
        self.keep("points", max(len(curve.steps) for curve in chart.values()))

    def _repeat(self, name: str, ask: Callable[[], object]) -> None:
        for _ in range(WARM):
            started = time.perf_counter()
            ask()
            self.keep(name, time.perf_counter() - started)

    def keep(self, name: str, value: float) -> None:
        """Add one figure of this round."""
        self.figures[name].append(value)


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
