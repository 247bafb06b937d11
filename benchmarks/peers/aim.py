"""Aim."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from environments import find_script

from peers.peer import NAMES, Cannot, Chart, Curve, Peer
from peers.server import Server

RUN = re.compile(rb"\xfeprops\xfename\xfe")
"""Its answers are pairs of keys and values in its own encoding; every run has one key that ends so."""


class Aim(Peer):
    """One RocksDB for each run."""

    key, title, requirements, package = "aim", "Aim", ("aim",), "aim"
    ready = "/api/projects/"
    slow_steps = slow_runs = True
    environment: ClassVar = {"AIM_UI_TELEMETRY_ENABLED": "0", "DO_NOT_TRACK": "1"}

    def command(self, python: Path, port: int) -> list[str]:
        program = find_script(python.parent.parent, "aim")
        return [str(program), "up", "--repo", ".", "--host", "127.0.0.1", "--port", str(port)]

    def list_runs(self, server: Server, runs: int) -> int:
        return len(RUN.findall(_search(server, "")))

    def page(self, server: Server) -> int:
        raise Cannot("filters, but does not sort on the server")

    def long_run(self, server: Server) -> str:
        found = _search(server, "run.name == 'long'")
        length = int.from_bytes(found[:4], "little")
        return found[4 : 4 + length].split(b"\xfe")[0].decode()

    def chart(self, server: Server, run: str) -> Chart:
        asked = [{"name": name, "context": {}} for name in NAMES]
        answers = server.post_json(f"/api/runs/{run}/metric/get-batch/", asked)
        return {answer["name"]: Curve(answer["iters"], list(map(_number, answer["values"]))) for answer in answers}

    def sql(self, python: Path) -> list[str]:
        raise Cannot("has a query language of its own, no SQL")


def _search(server: Server, query: str) -> bytes:
    return server.get(f"/api/runs/search/run/?q={quote(query)}&report_progress=false")


def _number(value: Any) -> float:
    """Numbers come as such, the others as text."""
    return math.nan if value in ("NaN", None) else float(value)
