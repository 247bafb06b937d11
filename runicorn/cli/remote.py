"""`runicorn remote HOST`: the experiments of a far machine in this one's browser, over SSH."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runicorn.cli import options
from runicorn.cli.output import write

if TYPE_CHECKING:
    from runicorn.remote.session import ViewerSession


class Remote(click.Group):
    """`remote HOST` is short for `remote open HOST`."""

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if arguments and arguments[0] not in self.commands:
            arguments = ["open", *arguments]
        return super().resolve_command(context, arguments)


host = click.argument("host", metavar="[USER@]HOST[:PORT]")
root = click.option("--root", "--storage", "root", metavar="DIR", help="Storage root there. [the configured one]")
env = click.option("--env", metavar="NAME", help="Python environment there. [one that has Runicorn]")
identity = click.option("--identity", "-i", metavar="FILE", help="Private key to log in with.")
install = click.option("--install", is_flag=True, help="Bring this version there when Runicorn is missing.")


@click.group("remote", cls=Remote)
def command() -> None:
    """Look at a far machine's experiments over SSH; nothing is copied.

    HOST may be an alias of ~/.ssh/config. `runicorn remote HOST` opens it in the browser until Ctrl-C.
    """


@command.command("open")
@host
@root
@env
@identity
@install
@click.option("--local-port", type=click.IntRange(1, 65535), help="Port here. [the first free one from 8081]")
@click.option("--open/--no-open-browser", "open_browser", default=True, help="Open the page in a browser.")
@options.verbosity
def open_host(
    host: str,
    root: str | None,
    env: str | None,
    identity: str | None,
    install: bool,
    local_port: int | None,
    open_browser: bool,
) -> None:
    """Start a viewer on HOST and look at it here, until Ctrl-C."""
    from runicorn.cli import far_login
    from runicorn.remote.environments import read_setup
    from runicorn.remote.pool import Pool
    from runicorn.remote.session import ViewerSession

    pool = Pool()
    try:
        connection = far_login.connect(pool, host, identity=identity, interactive=sys.stdin.isatty())
        environment = far_login.choose_environment(connection, env, install=install)
        root = root or read_setup(connection, environment).default_root
        session = ViewerSession(connection, environment, root, local_port=local_port)
        options.say(f"Starting Runicorn {environment.runicorn_version or ''} in '{environment.name}' on {host} ...")
        session.start()
        _stay(session, open_browser=open_browser)
    finally:
        pool.close()


@command.command("export")
@host
@click.option("--out", "--output", "out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@root
@env
@identity
@install
@options.project
@options.name
@options.run_ids
@options.verbosity
def export_host(
    host: str,
    out: Path,
    root: str | None,
    env: str | None,
    identity: str | None,
    install: bool,
    project: str | None,
    name: str | None,
    run_ids: tuple[str, ...],
) -> None:
    """Make a report on HOST and bring its one file back: OUT is a .html, .tar.gz, .csv, ... file here."""
    from runicorn.cli import far_login
    from runicorn.cli.export import SITE, format_of
    from runicorn.remote.environments import read_setup
    from runicorn.remote.pool import Pool
    from runicorn.remote.reports import fetch_report

    if format_of(out) == SITE:
        raise click.UsageError("--out must be one file, such as report.html or runs.tar.gz.")
    pool = Pool()
    try:
        connection = far_login.connect(pool, host, identity=identity, interactive=sys.stdin.isatty())
        environment = far_login.choose_environment(connection, env, install=install)
        root = root or read_setup(connection, environment).default_root
        chosen = [f"--{key}={value}" for key, value in (("project", project), ("name", name)) if value]
        chosen += [f"--run-id={run_id}" for run_id in run_ids]
        options.say(f"Exporting {root} on {host} ...")
        part = out.with_name(f".{out.name}.part")
        try:
            with part.open("wb") as file:
                size = fetch_report(connection, environment, root, file, name=out.name, arguments=chosen)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
        write(f"{out}: {size} bytes")
    finally:
        pool.close()


def _announce(session: ViewerSession, *, open_browser: bool) -> None:
    for warning in session.warnings:
        options.say(f"Warning: {warning}")
    write(f"{session.connection.target.host}:{session.root} is at {session.url}")
    options.say("Ctrl-C stops it.")
    sys.stdout.flush()
    if open_browser:
        import webbrowser

        webbrowser.open(session.url)


def _stay(session: ViewerSession, *, open_browser: bool) -> None:
    """Return at Ctrl-C, with the far viewer ended; say where it is and what becomes of the link meanwhile."""
    from runicorn.remote.errors import RemoteError

    step = session.step
    try:
        _announce(session, open_browser=open_browser)
        while session.status != "stopped":
            time.sleep(0.5)
            if session.step != step:
                step = session.step
                options.say(f"{time.strftime('%H:%M:%S')} {step}")
    except KeyboardInterrupt:
        options.say("Stopping ...")
    session.stop()
    if session.error:
        raise RemoteError(session.error)
