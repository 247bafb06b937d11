"""What `import runicorn` costs and offers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import runicorn

HEAVY = ["duckdb", "flask", "jinja2", "numpy", "pandas", "paramiko", "PIL", "psutil", "pynvml", "requests"]
SLOW = ["ctypes", "decimal", "hashlib", "importlib.metadata", "logging", "multiprocessing", "queue", "random"]
SLOW += ["secrets", "shutil", "socket", "statistics", "subprocess", "tempfile"]
"""Modules of Python's own that take milliseconds each."""

IMPORTED_BY_INIT = """
import json, sys, threading
import runicorn
here, imported = threading.get_ident(), []

def note(event, arguments):
    if event == "import" and threading.get_ident() == here:
        imported.append(arguments[0])

sys.addaudithook(note)
run = runicorn.init()
found = sorted(set(imported))
run.log(loss=0.5)
run.finish()
print(json.dumps(found))
"""


def in_fresh_python(source: str, *arguments: str) -> Any:
    """What the source printed as JSON."""
    command = [sys.executable, "-c", source, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return json.loads(result.stdout)


def test_importing_loads_the_light_core_and_nothing_heavy():
    loaded = in_fresh_python(
        "import json, sys; before = set(sys.modules); import runicorn; print(json.dumps([*{*sys.modules} - before]))"
    )

    assert [name for name in HEAVY + SLOW if name in loaded] == []
    ours = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("runicorn.")}
    assert ours == {f"runicorn.{name}" for name in ("_version", "config", "errors", "sdk", "storage")}


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the user's folder is found by platformdirs there")
def test_starting_a_run_waits_for_no_import_but_its_own(root, monkeypatch):
    """The rest is imported by the threads behind the run, so that `init` returns in milliseconds."""
    monkeypatch.chdir(root)
    monkeypatch.delenv("RUNICORN_DIR", raising=False)
    monkeypatch.delenv("RUNICORN_CONFIG_DIR", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(root / "config"))
    imported = in_fresh_python(IMPORTED_BY_INIT)

    assert [name for name in imported if not name.startswith("runicorn.sdk.")] == []


def test_logging_and_finishing_load_nothing_heavy(root):
    loaded = in_fresh_python(
        "import json, sys; before = set(sys.modules); import runicorn;"
        "run = runicorn.init(storage=sys.argv[1], capture_env=False); run.log(a=1); run.finish();"
        "print(json.dumps([*{*sys.modules} - before]))",
        str(root),
    )

    assert [name for name in HEAVY + SLOW if name in loaded] == []


def test_all_is_sorted_and_every_name_is_there():
    assert runicorn.__all__ == sorted(runicorn.__all__)
    for name in runicorn.__all__:
        assert getattr(runicorn, name) is not None
        assert name in dir(runicorn)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = runicorn.nonsense


def test_the_type_checker_sees_every_public_name():
    source = Path(runicorn.__file__).read_text(encoding="utf-8")
    typed = source.partition("_HOMES")[0]

    assert [name for name in runicorn.__all__ if name != "__version__" and name not in typed] == []
