"""What `import runicorn` costs and offers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import runicorn

HEAVY = ["duckdb", "flask", "jinja2", "numpy", "pandas", "paramiko", "PIL", "psutil", "requests"]


def in_fresh_python(source: str) -> dict:
    result = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(result.stdout)


def test_importing_loads_nothing_heavy():
    loaded = in_fresh_python("import json, sys, runicorn; print(json.dumps(sorted(sys.modules)))")

    assert [name for name in HEAVY if name in loaded] == []
    assert [name for name in loaded if name.startswith("runicorn.")] == ["runicorn._version"]


def test_starting_a_run_loads_nothing_heavy(root):
    loaded = in_fresh_python(
        f"import json, sys, runicorn; run = runicorn.init(storage={str(root)!r}, capture_env=False); run.log(a=1);"
        "run.finish(); print(json.dumps(sorted(sys.modules)))"
    )

    assert [name for name in HEAVY if name in loaded] == []


def test_importing_takes_under_50_ms_of_processor_time():
    source = (
        "import json, time; start = time.process_time(); import runicorn;"
        "print(json.dumps({'ms': (time.process_time() - start) * 1000}))"
    )
    assert min(in_fresh_python(source)["ms"] for _ in range(5)) < 50


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
    typed = source.partition("if TYPE_CHECKING:")[2].partition("_HOMES")[0]

    assert [name for name in runicorn.__all__ if name != "__version__" and name not in typed] == []
