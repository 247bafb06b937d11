"""`runicorn artifacts`: what runs made, version by version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from runicorn.cli import options
from runicorn.cli.output import write

ACTIONS = ("list", "versions", "info", "files", "verify", "download", "delete", "restore", "stats")

artifact_type = click.option("--type", "kind", metavar="TYPE", help="model, dataset, config, code, custom or another.")


@click.group("artifacts", invoke_without_command=True)
@options.storage
@click.option("--action", type=click.Choice(ACTIONS), help="What to do.")
@click.option("--name", metavar="NAME", help="The artifact.")
@artifact_type
@click.option("--version", metavar="N", help="The version: a number or an alias. [latest; delete asks for one]")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="For download: the folder.")
@click.option("--permanent", is_flag=True, help="For delete: remove the files. There is no way back.")
@options.dry_run
@options.yes
@options.as_json
@options.verbosity
@click.pass_context
def command(context: click.Context, root: Path, action: str | None, name: str | None, **wishes: Any) -> None:
    """List, inspect, verify, fetch and delete artifacts, and name their versions."""
    from runicorn.cli import artifact_actions
    from runicorn.query import Reader

    context.obj = root
    if context.invoked_subcommand is not None:
        return
    if action is None or (name is None and action not in ("list", "stats")):
        raise click.UsageError("Say what with --action, and of which artifact with --name.")
    if action == "delete" and wishes["version"] is None:
        raise click.UsageError("--action delete needs --version.")
    with Reader(root) as reader:
        wishes["version"] = wishes["version"] or "latest"
        artifact_actions.BY_NAME[action](artifact_actions.Request(reader=reader, name=name or "", **wishes))


@command.group("alias")
def alias() -> None:
    """Name versions."""


@alias.command("set")
@click.argument("name")
@click.argument("version", metavar="vN")
@click.argument("alias")
@artifact_type
@click.pass_obj
def set_alias(root: Path, name: str, version: str, alias: str, kind: str | None) -> None:
    """Let ALIAS name the version vN of the artifact NAME, and no other."""
    from runicorn.storage.artifacts import versions
    from runicorn.storage.artifacts.paths import get_artifact
    from runicorn.storage.runs import check_root

    number = version.removeprefix("v")
    if not number.isascii() or not number.isdigit():
        raise click.UsageError(f"{version!r} is no version: write v1, v2, ...")
    versions.set_alias(get_artifact(check_root(root), name, kind), alias, int(number))
    write(f"{name}:{alias} is v{int(number)} now.")


@alias.command("remove")
@click.argument("name")
@click.argument("alias")
@artifact_type
@click.pass_obj
def remove_alias(root: Path, name: str, alias: str, kind: str | None) -> None:
    """Take ALIAS away from the artifact NAME."""
    from runicorn.storage.artifacts import versions
    from runicorn.storage.artifacts.paths import get_artifact
    from runicorn.storage.runs import check_root

    versions.remove_alias(get_artifact(check_root(root), name, kind), alias)
    write(f"{name} has no alias {alias} any more.")
