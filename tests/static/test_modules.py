"""The pure functions of the ES modules, run by Node's own test runner."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from runicorn.export import assets

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "static" / "js"
MODULES = sorted(STATIC.glob("*.js"))


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.js")), ids=lambda path: path.name)
def test_the_modules_pass_their_own_tests(file: Path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js on this machine")
    done = subprocess.run(
        [node, "--import", resolver(), "--test", str(file)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"pass (\d+)", done.stdout)[-1]) > 0


def resolver() -> str:
    """A module that makes Node resolve bare names as the import map of a page does."""
    hook = (
        "export const resolve = (name, context, next) => name.startsWith('runicorn/')"
        f" ? {{ url: '{STATIC.as_uri()}/' + name.slice(9) + '.js', format: 'module', shortCircuit: true }}"
        " : next(name, context);"
    )
    made = f"import {{ register }} from 'node:module'; register('data:text/javascript,' + {json.dumps(quote(hook))});"
    return f"data:text/javascript,{quote(made)}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_imports_by_bare_names_that_the_import_map_knows(module: Path):
    imported = re.findall(r"""(?:from|import\()\s*["']([^"'$]+)["']""", module.read_text(encoding="utf-8"))
    assert set(imported) <= set(assets.modules())


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_writes_no_markup(module: Path):
    """Text from runs reaches the page as text only (case 58)."""
    source = module.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)
