"""What every tracker has to offer to be compared, and what it answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from peers.server import Server

NAMES = ("loss", "acc", "lr", "grad_norm", "late")
PAGE = 50
LOWEST_LOSS = 0.05
"""The filtered page shows finished runs whose last `loss` is below, those with the highest `acc` first."""


class Cannot(Exception):
    """The tracker has no answer to this question; the text says why."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What a chart of one metric gets: `steps` and `values` have one length; `gaps` are steps known to hold NaN."""

    steps: Sequence[int]
    values: Sequence[float | None]
    gaps: frozenset[int] = frozenset()

    def marked(self) -> frozenset[int]:
        """Steps that a chart can show as not a number."""
        pairs = zip(self.steps, self.values, strict=True)
        return self.gaps | {step for step, value in pairs if value is None or math.isnan(value)}


Chart = dict[str, Curve]


@dataclass(frozen=True, slots=True)
class ChartPage:
    """A page with charts, how one of them is found by CSS, and the colour of its curve."""

    path: str
    chart: str
    colour: tuple[int, int, int]


class Peer:
    """One tracker: how its viewer is started and asked. Data lie in a folder as `peer_writer.py` left them."""

    key: ClassVar[str]
    title: ClassVar[str]
    requirements: ClassVar[tuple[str, ...]]
    package: ClassVar[str]
    ready: ClassVar[str] = "/"
    """A path that answers as soon as the viewer is up."""
    slow_steps: ClassVar[bool] = False
    """Whether writing a million steps takes it half an hour or more."""
    slow_runs: ClassVar[bool] = False
    """Whether writing ten thousand runs takes it half an hour or more."""
    listed: ClassVar[str] = ""
    """What its list of runs holds, where that is less than their state and results."""
    environment: ClassVar[dict[str, str]] = {}
    writer: ClassVar[str | None] = None
    """Whose writer wrote the data; its own when None."""
    borrows_events: ClassVar[bool] = False
    """Whether the long run's events are this project's file: the lines are the same, and its own writer is too slow."""

    def command(self, python: Path, port: int) -> list[str]:
        """The viewer's command line, run in the folder of the data."""
        raise NotImplementedError

    def list_runs(self, server: Server, runs: int) -> int:
        """Fetch the list of all runs as its pages do; returns how many are in it."""
        raise NotImplementedError

    def page(self, server: Server) -> int:
        """Fetch the filtered and sorted page; returns how many runs are in it. Raises Cannot."""
        raise NotImplementedError

    def long_run(self, server: Server) -> str:
        """Return what the tracker calls the long run."""
        raise NotImplementedError

    def chart(self, server: Server, run: str) -> Chart:
        """Fetch what its page fetches for the charts of the run named so."""
        raise NotImplementedError

    def sql(self, python: Path) -> list[str]:
        """The command line that asks for the lowest `loss` of every run in SQL. Raises Cannot."""
        raise Cannot("has no SQL over runs")

    def chart_page(self, run: str) -> ChartPage:
        """Where the charts of a run are seen. Raises Cannot."""
        raise Cannot("its page is not measured in a browser")
