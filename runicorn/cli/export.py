"""`runicorn export`: runs as a static site, one file, an archive, a table or TensorBoard events."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runicorn.cli import options
from runicorn.cli.output import write
from runicorn.cli.progress import progress_bar

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord

SITE, SINGLE, ARCHIVE = "site", "html", "archive"
TABLES = ("csv", "json", "parquet", "markdown", "latex")
FORMATS = (SITE, SINGLE, ARCHIVE, "zip", *TABLES, "tensorboard")
ENDINGS = {
    ".html": SINGLE,
    ".htm": SINGLE,
    ".tar.gz": ARCHIVE,
    ".tgz": ARCHIVE,
    ".zip": "zip",
    ".csv": "csv",
    ".json": "json",
    ".parquet": "parquet",
    ".md": "markdown",
    ".tex": "latex",
}
USUAL = {
    SITE: "",
    SINGLE: ".html",
    ARCHIVE: ".tar.gz",
    "zip": ".zip",
    "markdown": ".md",
    "latex": ".tex",
    "tensorboard": "_tensorboard",
}
"""What follows `runicorn_export_<time>` when no output is named; else the format with a dot."""


@click.command("export")
@options.storage
@options.project
@options.name
@click.option("--search", metavar="TEXT", help="Only runs found by this search; see runicorn runs.")
@options.run_ids
@click.option("--out", "--output", "out", type=click.Path(path_type=Path), help="Folder or file to write.")
@click.option(
    "--single-file", type=click.Path(path_type=Path, dir_okay=False), help="One HTML file with everything in it."
)
@click.option("--format", type=click.Choice(FORMATS), help="Default: by the name of --out, else site.")
@click.option("--metrics", is_flag=True, help="For tables: a row per metric and step instead of a row per run.")
@click.option("--include-artifacts", is_flag=True, help="For archives: the artifacts the runs made, too.")
@click.option("--compress", is_flag=True, hidden=True, help="Archives are compressed anyway.")
@options.verbosity
def command(
    root: Path,
    project: str | None,
    name: str | None,
    search: str | None,
    run_ids: tuple[str, ...],
    out: Path | None,
    single_file: Path | None,
    format: str | None,
    metrics: bool,
    include_artifacts: bool,
    compress: bool,
) -> None:
    """Write runs as something that can be handed on.

    The format follows the name of --out: a folder becomes a static site that opens from the file system, x.html one
    page with everything in it, x.tar.gz and x.zip an archive for `runicorn import`, x.csv, x.json, x.parquet, x.md
    and x.tex a table.
    """
    from runicorn.cli.storage import choose_runs
    from runicorn.query import Reader

    if single_file is not None:
        if out is not None or format not in (None, SINGLE):
            raise click.UsageError("--single-file names the output and its format: leave --out and --format out.")
        out, format = single_file, SINGLE
    format = format or format_of(out)
    out = out or default_output(format)
    with Reader(root) as reader:
        runs = choose_runs(reader, project=project, name=name, search=search, run_ids=run_ids)
        if not runs:
            write("No runs matched the given filters.")
            return
        options.say(f"Exporting {len(runs)} run(s) to {out} ...")
        if format in TABLES:
            _write_table(reader, runs, out, format=format, metrics=metrics)
        elif format in (ARCHIVE, "zip"):
            _write_archive(reader.root, runs, out, include_artifacts=include_artifacts)
        else:
            _write_pages(reader, runs, out, format=format)
    options.say("Done.")


def format_of(out: Path | None) -> str:
    """Return the format that the name of the output asks for."""
    name = out.name.lower() if out is not None else ""
    return next((format for ending, format in ENDINGS.items() if name.endswith(ending)), SITE)


def default_output(format: str) -> Path:
    """Return the name used when none is given."""
    return Path(f"runicorn_export_{time.strftime('%Y%m%d_%H%M%S')}{USUAL.get(format, f'.{format}')}")


def _write_pages(reader: Reader, runs: Sequence[RunRecord], out: Path, *, format: str) -> None:
    from runicorn.export.single import write_single_file
    from runicorn.export.site import write_site
    from runicorn.export.tensorboard import write_events

    writers = {SITE: write_site, SINGLE: write_single_file, "tensorboard": write_events}
    with progress_bar(len(runs)) as progress:
        writers[format](reader, runs, out, progress=progress)


def _write_table(reader: Reader, runs: Sequence[RunRecord], out: Path, *, format: str, metrics: bool) -> None:
    from runicorn.export import runs as run_tables
    from runicorn.export import tables
    from runicorn.export.destination import replacing_file

    columns, rows = run_tables.metric_rows(reader, runs) if metrics else run_tables.run_rows(runs)
    with replacing_file(out) as path:
        if format == "parquet":
            tables.write_parquet_rows(columns, rows, path)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                tables.WRITERS[format](columns, rows, file)


def _write_archive(root: Path, runs: Sequence[RunRecord], out: Path, *, include_artifacts: bool) -> None:
    from runicorn.storage.archives import write_archive

    files = {run.files.path: run for run in runs}
    with progress_bar(len(runs)) as progress:
        write_archive(
            root,
            [run.files for run in runs],
            out,
            include_artifacts=include_artifacts,
            progress=lambda done: progress(files[done.path]),
        )
