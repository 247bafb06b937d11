"""Put the help of every command into docs/cli.md: `python docs/write_cli.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from runicorn.cli import cli

PAGE = Path(__file__).with_name("cli.md")
WIDTH = 100
_BLOCK = re.compile(r"(?ms)^(### `(runicorn[^`]*)`\n\n)```text\n.*?^```\n")


def iter_commands() -> Iterator[str]:
    """Yield the full name of every command: "runicorn", "runicorn viewer", "runicorn artifacts alias set", ..."""
    yield from _iter_below("runicorn", cli)


def get_help(name: str) -> str:
    """Return what `<name> --help` prints, 100 columns wide."""
    context = click.Context(cli, info_name="runicorn", **{**cli.context_settings, "terminal_width": WIDTH})
    for part in name.split()[1:]:
        assert isinstance(context.command, click.Group)
        command = context.command.get_command(context, part)
        assert command is not None
        context = click.Context(command, info_name=part, parent=context, terminal_width=WIDTH)
    return context.get_help()


def fill(text: str) -> str:
    """Return the page `text` with the help below every heading that is a command's name."""
    return _BLOCK.sub(lambda found: f"{found[1]}```text\n{get_help(found[2])}\n```\n", text)


def _iter_below(name: str, command: click.Command) -> Iterator[str]:
    yield name
    if isinstance(command, click.Group):
        context = click.Context(command)
        for part in command.list_commands(context):
            found = command.get_command(context, part)
            if found is not None and not found.hidden:
                yield from _iter_below(f"{name} {part}", found)


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
