"""`runicorn config`: the user's settings."""

from __future__ import annotations

from pathlib import Path

import click

from runicorn.cli import options
from runicorn.cli.output import write, write_json


@click.command("config")
@click.option("--show", is_flag=True, help="Show the settings (what happens without any option).")
@click.option(
    "--set-user-root", metavar="DIR", help="Save the storage root used when none is named; made when missing."
)
@click.option("--path", "show_path", is_flag=True, help="Print where the settings file is.")
@click.option("--validate", is_flag=True, help="Check the settings and say what is wrong with them.")
@click.option("--edit", is_flag=True, help="Open the settings file in $EDITOR.")
@click.option("--reset", is_flag=True, help="Put the settings file aside and start afresh.")
@options.yes
@options.as_json
@options.verbosity
def command(
    show: bool,
    set_user_root: str | None,
    show_path: bool,
    validate: bool,
    edit: bool,
    reset: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Show or change the user's settings."""
    if sum((show, set_user_root is not None, show_path, validate, edit, reset)) > 1:
        raise click.UsageError("Choose one of --show, --set-user-root, --path, --validate, --edit and --reset.")
    if set_user_root is not None:
        _set_root(set_user_root)
    elif show_path:
        _show_path(as_json=as_json)
    elif validate:
        _validate(as_json=as_json)
    elif edit:
        _edit()
    elif reset:
        _reset(confirmed=yes)
    else:
        _show(as_json=as_json)


def _show(*, as_json: bool) -> None:
    from runicorn import config

    settings = config.load_user_config()
    facts = {
        "config_file": str(config.config_file()),
        "user_root_dir": config.user_root_dir(),
        "storage": str(config.resolve_root()),
        "ssh_connections": len(settings.get("ssh_connections") or ()),
    }
    if as_json:
        write_json(facts)
        return
    write(f"Config file    : {facts['config_file']}")
    write(f"user_root_dir  : {facts['user_root_dir'] or '(not set)'}")
    write(f"Storage in use : {facts['storage']}")


def _set_root(path: str) -> None:
    from runicorn.config import set_user_root_dir

    write(f"Set user_root_dir to: {set_user_root_dir(path)}")


def _show_path(*, as_json: bool) -> None:
    from runicorn.config import config_file

    path = str(config_file())
    write_json({"config_file": path}) if as_json else write(path)


def _validate(*, as_json: bool) -> None:
    from runicorn.errors import ConfigError

    problems = _problems()
    if as_json:
        write_json({"valid": not problems, "problems": problems})
    elif not problems:
        write("The settings are in order.")
    if problems:
        raise ConfigError(" ".join(problems))


def _problems() -> list[str]:
    from runicorn import config

    settings = config.load_user_config()
    problems = []
    root = settings.get("user_root_dir")
    if root is not None and not isinstance(root, str):
        problems.append("user_root_dir must be text.")
    elif root and not Path(root).is_dir():
        problems.append(f"user_root_dir {root} is not a folder.")
    if not isinstance(settings.get("ssh_connections", []), list):
        problems.append("ssh_connections must be a list.")
    return problems


def _edit() -> None:
    from runicorn import config

    path = config.config_file()
    if not path.exists():
        config.save_user_config({})
    click.edit(filename=str(path))
    config.load_user_config()


def _reset(*, confirmed: bool) -> None:
    from runicorn.config import config_file

    path = config_file()
    if not path.exists():
        write("There are no settings to reset.")
        return
    if not confirmed:
        click.confirm(f"Put {path} aside and start afresh?", abort=True)
    backup = path.with_suffix(".json.old")
    path.replace(backup)
    write(f"Settings reset; the old ones are in {backup}")
