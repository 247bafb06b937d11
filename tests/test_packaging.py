"""The package list, the version and the import rules are what the documents say."""

from __future__ import annotations

import configparser
from pathlib import Path

import runicorn

TREE = Path(__file__).parent.parent
MAPPED = {"export": "runicorn.export", "templates": "runicorn.templates", "static": "runicorn.static"}


def _setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(TREE / "setup.cfg")
    return parser


def _folders_with_python() -> set[str]:
    found = set()
    for top in ("runicorn", *MAPPED):
        for init in (TREE / top).rglob("__init__.py"):
            parts = init.parent.relative_to(TREE).parts
            found.add(".".join((MAPPED.get(parts[0], parts[0]), *parts[1:])))
    return found


def test_the_explicit_package_list_names_every_folder():
    listed = set(_setup()["options"]["packages"].split())

    assert listed == _folders_with_python()


def test_every_template_and_static_file_is_shipped():
    patterns = _setup()["options.package_data"]
    for folder in ("templates", "static"):
        shipped = {path for pattern in patterns[f"runicorn.{folder}"].split() for path in (TREE / folder).glob(pattern)}
        there = {path for path in (TREE / folder).rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
        assert there - shipped == set()


def test_the_version_has_one_place():
    assert _setup()["metadata"]["version"] == "attr: runicorn._version.__version__"
    holders = [
        path for path in (TREE / "runicorn").rglob("*.py") if f'"{runicorn.__version__}"' in path.read_text("utf-8")
    ]
    assert [path.name for path in holders] == ["_version.py"]


def test_the_ci_command_is_the_one_in_the_readme():
    command = (TREE / ".ci" / "run").read_text().strip().splitlines()[-1]

    assert command in (TREE / "README.md").read_text("utf-8")
