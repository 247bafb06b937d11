"""The examples train to the end, and say so in runs one can read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900)]

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_an_example_trains_to_the_end(name, root, tmp_path):
    environment = {**os.environ, "RUNICORN_DIR": str(root)}
    command = [sys.executable, EXAMPLES / f"{name}.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)

    assert done.returncode == 0, done.stderr
    folders = list(root.glob("*/*/runs/*"))
    assert folders != []
    for folder in folders:
        status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
        assert status["status"] == "finished"
        assert not (status.get("dropped_events") or status.get("refused_values"))
        assert (folder / "events.jsonl").stat().st_size > 0
