"""`runicorn version`: what is installed, and where the runs are."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import click

from runicorn.cli import options
from runicorn.cli.output import size, write, write_json


@click.command("version")
@options.storage
@options.as_json
@options.verbosity
def command(root: Path, as_json: bool) -> None:
    """Show versions, and the storage root with its size."""
    facts = _facts(root)
    if as_json:
        write_json(facts)
        return
    write(f"Runicorn      : {facts['version']}")
    write(f"Platform      : {facts['platform']}")
    write(f"Python        : {facts['python']}")
    write(f"DuckDB        : {facts['duckdb']}")
    write(f"Storage       : {root} ({_describe(facts)})")
    write("Database      : none; the files are the only truth")
    write("Remote viewer : available")


def _facts(root: Path) -> dict[str, Any]:
    from importlib.metadata import version

    from runicorn._version import __version__

    return {
        "version": __version__,
        "platform": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "storage": str(root),
        "storage_exists": root.is_dir(),
        "storage_size_bytes": disk_usage(root),
    }


def _describe(facts: dict[str, Any]) -> str:
    return size(facts["storage_size_bytes"]) if facts["storage_exists"] else "not there yet"


def disk_usage(folder: Path) -> int:
    """Return the bytes of all plain files below `folder`; a file with several names counts once, links not at all."""
    total = 0
    seen: set[tuple[int, int]] = set()
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                details = os.lstat(os.path.join(parent, name))
            except OSError:
                continue
            if (details.st_dev, details.st_ino) not in seen:
                seen.add((details.st_dev, details.st_ino))
                total += details.st_size
    return total
