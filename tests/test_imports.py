"""What a training script pays for `import runicorn`, and what the parts of the house may load."""

from __future__ import annotations

import json
import subprocess
import sys

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
