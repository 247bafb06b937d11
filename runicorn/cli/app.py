"""The group all commands hang on: lazy imports, and one way to report what went wrong.

Exit codes: 0 good, 1 error, 2 usage or configuration, 3 permission, 4 port in use or storage path missing.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import sys
import traceback
from typing import Any

import click

from runicorn._version import __version__
from runicorn.cli import options
from runicorn.cli.output import visible
from runicorn.errors import RunicornError

COMMANDS = (
    "viewer",
    "remote",
    "runs",
    "show",
    "sql",
    "export",
    "export-data",
    "import",
    "delete",
    "restore",
    "manage",
    "artifacts",
    "clean",
    "doctor",
    "config",
    "rate-limit",
    "generate-manifest",
    "version",
)
"""In the order of the help. Each is `command` in the module of `runicorn.cli` that has its name."""


class Failure(click.ClickException):
    """One line on stderr and an exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(visible(message))
        self.exit_code = exit_code  # type: ignore[misc]


class PlainFormatter(logging.Formatter):
    """Leaves out what would steer the terminal: messages name runs and files."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


class Commands(click.Group):
    """Finds a command in its module, and turns the errors Runicorn raises on purpose into one line each."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = "import_" if name == "import" else name.replace("-", "_")
        return importlib.import_module(f"runicorn.cli.{module}").command

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except RunicornError as error:
            raise Failure(str(error), error.exit_code) from error
        except PermissionError as error:
            raise Failure(f"Permission denied: {error.filename or error}", 3) from error
        except OSError as error:
            raise Failure(f"{error.strerror or error}: {error.filename or 'unknown file'}", 1) from error
        except Exception as error:
            if context.meta.get("runicorn.verbose"):
                traceback.print_exc()
            raise Failure(
                f"Unexpected {type(error).__name__}: {error}. Run with --verbose for the details.", 1
            ) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="runicorn")
@options.verbosity
def cli() -> None:
    """Local-first experiment tracking: look at runs, ask them questions in SQL, hand them on."""


def main() -> None:
    """Entry point of the `runicorn` script and of `python -m runicorn`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an output that knows fewer characters than a run has
            stream.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    _collect_seldom()
    cli(prog_name="runicorn")


def _collect_seldom() -> None:
    """Look for cycles among objects after more new ones than by default. Runs are many small objects that stay: to go
    through all of them whenever a few hundred were made takes longer than making them."""
    gc.set_threshold(50_000, 20, 100)
