"""`runicorn viewer`: the web pages and the HTTP API over a storage root."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from runicorn.cli import options
from runicorn.cli.output import write, write_json

if TYPE_CHECKING:
    from runicorn.viewer.serve import Address

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@click.command("viewer")
@options.storage
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on. Others demand a token.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=23300,
    show_default=True,
    envvar="RUNICORN_VIEWER_PORT",
    show_envvar=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--demo", is_flag=True, help="Train a few small models on Fisher's iris data and show those.")
@click.option("--open/--no-open-browser", "open_browser", default=False, help="Open the page in a browser.")
@click.option("--cors", multiple=True, metavar="ORIGIN", help="Origin that may read runs, or none; repeatable. [any]")
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="Further name of this server; repeatable.")
@click.option("--allow-origin", "origins", multiple=True, metavar="ORIGIN", help="Origin that may write; repeatable.")
@click.option(
    "--trusted-proxies", type=click.IntRange(min=0), default=0, help="Proxies in front that set X-Forwarded-For."
)
@click.option("--remote-mode", is_flag=True, help="The far end of a tunnel: listen on this machine alone.")
@click.option("--idle-seconds", type=click.FloatRange(min=1), help="Stop when nobody asked for this long.")
@click.option("--reload", is_flag=True, help="Start again when the program's files change (for its developers).")
@click.option(
    "--log-level",
    type=click.Choice(LEVELS, case_sensitive=False),
    default="WARNING",
    show_default=True,
    envvar="RUNICORN_LOG_LEVEL",
    show_envvar=True,
    help="How much the server says.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the address as one JSON object.")
@options.verbosity
def command(root: Path, demo: bool, reload: bool, **settings: Any) -> None:
    """Show the runs of a storage root in a browser, until Ctrl-C."""
    if reload:
        from runicorn.cli.reload import run_again_on_changes

        sys.exit(run_again_on_changes([argument for argument in sys.argv[1:] if argument != "--reload"]))
    if demo:
        _check_demo()
        with _demo_root() as root:
            _serve(root, **settings)
    else:
        _serve(root, **settings)


def _serve(
    root: Path,
    *,
    host: str,
    open_browser: bool,
    as_json: bool,
    cors: tuple[str, ...],
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    remote_mode: bool,
    **settings: Any,
) -> None:
    from runicorn.viewer.serve import serve

    serve(
        root,
        host="127.0.0.1" if remote_mode else host,
        remote_mode=remote_mode,
        cors=_cors(cors),
        allowed_hosts=hosts,
        allowed_origins=origins,
        on_ready=lambda address: _announce(address, root, open_browser=open_browser, as_json=as_json),
        **settings,
    )


def _announce(address: Address, root: Path, *, open_browser: bool, as_json: bool) -> None:
    if as_json:
        write_json({"url": address.url, "host": address.host, "port": address.port, "storage": str(root)})
    else:
        write(f"Runicorn shows {root} at {address.url}")
        options.say("Ctrl-C stops it.")
    sys.stdout.flush()
    if open_browser:
        import webbrowser

        webbrowser.open(address.url)


def _cors(origins: tuple[str, ...]) -> tuple[str, ...]:
    if not origins:
        return ("*",)
    return tuple(origin for origin in origins if origin != "none")


def _check_demo() -> None:
    if click.get_current_context().get_parameter_source("root") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--demo makes a storage root of its own: leave --storage out.")


@contextmanager
def _demo_root() -> Iterator[Path]:
    """Yield a storage root with one trained model, to which others are added until the viewer stops."""
    from runicorn.demo import background
    from runicorn.demo.folder import make_folder
    from runicorn.demo.training import RECIPES, train

    root = make_folder()
    train(RECIPES[0], root)
    process = background.start(root)
    options.say(f"Training {len(RECIPES)} small models on Fisher's iris data; one more goes on for a minute.")
    try:
        yield root
    finally:
        background.stop(process)
