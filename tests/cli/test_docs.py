"""docs/cli.md has the help of every command as it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def writer():
    spec = importlib.util.spec_from_file_location("write_cli", DOCS / "write_cli.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_help_in_the_docs_is_the_help(writer):
    text = (DOCS / "cli.md").read_text(encoding="utf-8")

    assert writer.fill(text) == text, "run python docs/write_cli.py"


def test_every_command_has_its_heading(writer):
    text = (DOCS / "cli.md").read_text(encoding="utf-8")

    assert [name for name in writer.iter_commands() if f"\n### `{name}`\n" not in text] == []
