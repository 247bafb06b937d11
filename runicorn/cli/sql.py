"""`runicorn sql`: ask the runs anything, with the rights of the person who asks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runicorn.cli import options
from runicorn.cli.output import write, write_table
from runicorn.cli.progress import reading_bar

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

FORMATS = ("table", "csv", "json", "parquet", "markdown", "latex")
MAX_TABLE_ROWS = 10_000


@click.command("sql")
@click.argument("query", required=False)
@options.storage
@click.option("--format", "-f", type=click.Choice(FORMATS), help="Default: by the name of --output, else table.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--param", "-p", "parameters", multiple=True, metavar="VALUE", help="Value of the next ?; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@options.verbosity
def command(
    query: str | None,
    root: Path,
    format: str | None,
    output: Path | None,
    parameters: tuple[str, ...],
    as_json: bool,
) -> None:
    """Ask all runs in SQL.

    Without QUERY it is read from a pipe, or a small shell opens.

    Views: runs, params, summaries, metrics, events, logs, images, artifacts, artifact_versions, artifact_files and
    lineage.
    """
    from runicorn.query import Reader

    with Reader(root) as reader:
        if query is None and sys.stdin.isatty():
            from runicorn.cli.shell import run_shell

            run_shell(reader)
            return
        text = query or sys.stdin.read()
        with reading_bar(reader):
            relation = reader.sql(text, [_value(value) for value in parameters])
        show(relation, format="json" if as_json else format or _format_of(output), output=output)


def show(relation: DuckDBPyRelation, *, format: str, output: Path | None = None) -> None:
    """Write the answer of a query.

    Raises QueryError when it fails on its way, InvalidInput where the format and the output do not fit.
    """
    import duckdb

    from runicorn.errors import QueryError

    writers = {"table": _show_table, "parquet": _write_parquet}
    try:
        if format in writers:
            writers[format](relation, output)
        else:
            _write_text(relation, output, format=format)
    except duckdb.Error as error:
        raise QueryError(str(error)) from error


def _show_table(relation: DuckDBPyRelation, output: Path | None) -> None:
    from runicorn.errors import InvalidInput

    if output is not None:
        raise InvalidInput("A table is for looking at: choose another --format for --output.")
    rows = relation.limit(MAX_TABLE_ROWS + 1).fetchall()
    write_table(relation.columns, rows[:MAX_TABLE_ROWS])
    if len(rows) > MAX_TABLE_ROWS:
        options.say(f"The first {MAX_TABLE_ROWS} rows. Use --format csv or a LIMIT for others.")


def _write_parquet(relation: DuckDBPyRelation, output: Path | None) -> None:
    from runicorn.errors import InvalidInput
    from runicorn.export.destination import replacing_file
    from runicorn.export.tables import write_parquet

    if output is None:
        raise InvalidInput("Parquet needs a file: name one with --output.")
    with replacing_file(output) as path:
        write_parquet(relation, path)


def _write_text(relation: DuckDBPyRelation, output: Path | None, *, format: str) -> None:
    from io import StringIO

    from runicorn.export import tables
    from runicorn.export.destination import replacing_file

    if output is not None:
        with replacing_file(output) as path, path.open("w", encoding="utf-8", newline="") as file:
            tables.write_table(relation, file, format=format)
    elif sys.stdout.isatty():
        buffer = StringIO()
        tables.write_table(relation, buffer, format=format)
        write(buffer.getvalue(), end="")
    else:
        tables.write_table(relation, sys.stdout, format=format)


def _format_of(output: Path | None) -> str:
    from runicorn.export.tables import SUFFIXES

    return "table" if output is None else SUFFIXES.get(output.suffix.lower(), "csv")


def _value(text: str) -> Any:
    """A number, true, false or null where the text is one, else the text itself."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, str | list | dict) else value
