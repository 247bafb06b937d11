"""`runicorn generate-manifest`: a list of what a storage root holds, for programs that copy it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from runicorn.cli import options
from runicorn.cli.output import size, write, write_json


@click.command("generate-manifest")
@options.storage
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write here. [ROOT/.runicorn/]")
@click.option("--full", "kind", flag_value="full", default="full", help="Every run (the default).")
@click.option("--active", "kind", flag_value="active", help="Only runs that changed within the window.")
@click.option(
    "--active-window", type=click.FloatRange(min=0), default=3600, show_default=True, help="The window in seconds."
)
@click.option("--no-incremental", is_flag=True, help="Write anew even when nothing changed.")
@options.as_json
@options.verbosity
def command(
    root: Path, output: Path | None, kind: str, active_window: float, no_incremental: bool, as_json: bool
) -> None:
    """List the runs and files of a storage root in a manifest."""
    from runicorn.manifest import ManifestGenerator

    generator = ManifestGenerator(root, active_window_seconds=active_window, incremental=not no_incremental)
    manifest, path = generator.generate(kind, output)
    if as_json:
        write_json({**asdict(manifest), "path": str(path)})
        return
    total = manifest.statistics
    write(f"Manifest {path}, revision {manifest.revision}:")
    write(f"{total['total_experiments']} runs, {total['total_files']} files, {size(total['total_bytes'])}")
