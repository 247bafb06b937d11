"""What a training script pays for `import runicorn`, and what the parts of the house may load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"flask", "duckdb", "numpy", "paramiko", "jinja2", "psutil", "PIL", "requests", "rich", "click", "pandas"}


def _loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport json, sys; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("statement", ["import runicorn", "import runicorn.sdk", "import runicorn as rn; rn.init"])
def test_importing_the_sdk_loads_nothing_heavy(statement):
    assert _loaded_by(statement) & HEAVY == set()


def test_importing_the_client_loads_no_server_and_no_engine():
    assert _loaded_by("import runicorn.api") & {"flask", "duckdb", "numpy", "pandas", "jinja2"} == set()


def test_the_command_line_loads_no_engine_before_a_command_needs_it():
    assert _loaded_by("import runicorn.cli") & {"flask", "duckdb", "numpy", "paramiko"} == set()


def test_the_package_runs_from_its_own_checkout():
    """`python -m runicorn` in a clone finds the clone's package first, which lacks the folders beside it."""
    checkout = Path(__file__).parent.parent
    statement = "import runicorn.export, runicorn.templates, runicorn.static; print(runicorn.__file__)"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}

    done = subprocess.run(
        [sys.executable, "-c", statement], cwd=checkout, env=environment, capture_output=True, text=True, check=True
    )

    assert Path(done.stdout.strip()).parent.parent == checkout
