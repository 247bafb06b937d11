"""`runicorn export-data`: the metrics of one run, or a report about it, as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runicorn.cli import options
from runicorn.cli.output import visible, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runicorn.query import Reader, RunRecord


@click.command("export-data")
@options.storage
@click.option("--run-id", required=True, metavar="ID", help="The run.")
@click.option(
    "--format",
    type=click.Choice(("csv", "excel", "markdown", "html")),
    default="csv",
    show_default=True,
    help="csv and excel hold every metrics event, markdown and html a report.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Default: standard output for csv, else <id>_metrics.xlsx or <id>_report.<format>.",
)
@options.verbosity
def command(root: Path, run_id: str, format: str, output: Path | None) -> None:
    """Write the metrics of one run, or a report about it.

    The metrics go to CSV or Excel, the report is Markdown or HTML.
    """
    from runicorn.query import Reader

    with Reader(root) as reader:
        run = reader.runs.get(run_id)
        if format == "csv":
            _write_csv(run, output)
        elif format == "excel":
            _write_excel(run, output or Path(f"{run.id}_metrics.xlsx"))
        else:
            _write_report(reader, run, format=format, output=output or Path(f"{run.id}_report.{format}"))


def _write_csv(run: RunRecord, output: Path | None) -> None:
    from runicorn.export.metrics import iter_csv

    lines = iter_csv(run)
    if output is not None:
        _write_file(output, lines)
    elif sys.stdout.isatty():
        write(visible("".join(lines)), end="")
    else:
        sys.stdout.writelines(lines)


def _write_excel(run: RunRecord, output: Path) -> None:
    from runicorn import MetricsExporter

    if not MetricsExporter(run.run_dir).to_excel(str(output)):
        raise click.ClickException("Excel needs pandas and openpyxl: pip install pandas openpyxl")
    options.say(f"Wrote {output}")


def _write_report(reader: Reader, run: RunRecord, *, format: str, output: Path) -> None:
    from runicorn.export.report import write_report

    _write_file(output, [write_report(reader, run, format=format)])


def _write_file(output: Path, texts: Iterable[str]) -> None:
    from runicorn.export.destination import replacing_file

    with replacing_file(output) as path, path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(texts)
    options.say(f"Wrote {output}")
