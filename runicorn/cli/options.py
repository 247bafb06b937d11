"""Options several commands share, each written once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _resolve_root(context: click.Context, parameter: click.Parameter, value: str | None) -> Path:
    from runicorn.config import resolve_root

    return resolve_root(value)


def _set_verbose(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.meta["runicorn.verbose"] = True
        logging.getLogger("runicorn").setLevel(logging.DEBUG)


def _set_quiet(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.meta["runicorn.quiet"] = True
        logging.getLogger("runicorn").setLevel(logging.ERROR)


storage: Decorator = click.option(
    "--storage",
    "--storage-root",
    "--root",
    "root",
    metavar="DIR",
    callback=_resolve_root,
    help="Storage root. Default: $RUNICORN_DIR, then the configured one, then ./.runicorn.",
)

as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")

project: Decorator = click.option("--project", metavar="NAME", help="Only runs of this project.")
name: Decorator = click.option("--name", metavar="NAME", help="Only runs of this experiment name.")
run_ids: Decorator = click.option("--run-id", "run_ids", multiple=True, metavar="ID", help="Only this run; repeatable.")
dry_run: Decorator = click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
yes: Decorator = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


def verbosity(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--quiet` and `--verbose`; ask `is_quiet` for the answer."""
    verbose = click.option(
        "--verbose",
        "-v",
        is_flag=True,
        expose_value=False,
        callback=_set_verbose,
        help="Say more, and show the traceback of an unexpected error.",
    )
    quiet = click.option(
        "--quiet", "-q", is_flag=True, expose_value=False, callback=_set_quiet, help="Only results and errors."
    )
    return quiet(verbose(function))


def is_quiet() -> bool:
    """Tell whether the running command was asked to be quiet."""
    return bool(click.get_current_context().meta.get("runicorn.quiet"))


def say(text: str) -> None:
    """Tell a person how things go, on stderr, so that results on stdout stay clean."""
    from runicorn.cli.output import visible

    if not is_quiet():
        click.echo(visible(text), err=True)
