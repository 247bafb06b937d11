"""The `runicorn` command: one module per command, imported when it is asked for."""

from runicorn.cli.app import cli, main

__all__ = ["cli", "main"]
