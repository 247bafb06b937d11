"""Tables for other programs: CSV, JSON, Parquet, Markdown and LaTeX from one DuckDB relation."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

SUFFIXES = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".md": "markdown", ".tex": "latex"}
"""File name endings to the format they ask for."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#])")
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: "\\" + character for character in "&%$#_{}"},
}


def write_table(relation: DuckDBPyRelation, file: IO[str], *, format: str) -> None:
    """Write the rows of `relation` to `file` as "csv", "json", "markdown" or "latex"."""
    WRITERS[format](relation.columns, relation.iter_rows(), file)


def write_parquet(relation: DuckDBPyRelation, path: Path) -> None:
    """Write the rows of `relation` to the Parquet file `path`, replaced when it is there."""
    relation.write_parquet(str(path))


def write_parquet_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], path: Path) -> None:
    """Write `rows` to a Parquet file; a column is numbers or booleans where all its values are, else text."""
    import duckdb

    rows = [list(row) for row in rows]
    types = [_column_type([row[index] for row in rows]) for index in range(len(columns))]
    with duckdb.connect() as connection:
        spelled = ", ".join(
            f'"{name.replace(chr(34), chr(34) * 2)}" {kind}' for name, kind in zip(columns, types, strict=True)
        )
        connection.execute(f"CREATE TABLE rows ({spelled})")
        if rows:
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO rows VALUES ({marks})", [_typed(row, types) for row in rows])
        write_parquet(connection.table("rows"), path)


def csv_cell(value: Any) -> Any:
    """Return `value` as a spreadsheet may have it: a text that would start a formula gets an apostrophe in front.

    Numbers stay numbers, NaN and infinities become `nan`, `inf` and `-inf`, None an empty cell.
    """
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, list | dict):
        return csv_cell(json.dumps(value, ensure_ascii=False, default=str))
    return value


def markdown_text(value: Any) -> str:
    """Return `value` as Markdown that shows it literally, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(_text(value).split()))


def latex_text(value: Any) -> str:
    """Return `value` as LaTeX that shows it literally, on one line."""
    return "".join(_LATEX.get(character, character) for character in " ".join(_text(value).split()))


def write_csv(columns: Sequence[str], rows: Iterator[Sequence[Any]], file: IO[str]) -> None:
    """Write RFC 4180 with `\\n` line ends and formula-proof text cells."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([csv_cell(column) for column in columns])
    for row in rows:
        writer.writerow([csv_cell(value) for value in row])


def write_json(columns: Sequence[str], rows: Iterator[Sequence[Any]], file: IO[str]) -> None:
    """Write a list of objects; numbers that are not finite become null."""
    separator = "["
    for row in rows:
        record = {column: _json_value(value) for column, value in zip(columns, row, strict=True)}
        file.write(f"{separator}\n  {json.dumps(record, ensure_ascii=False, default=str)}")
        separator = ","
    file.write("[]\n" if separator == "[" else "\n]\n")


def write_markdown(columns: Sequence[str], rows: Iterator[Sequence[Any]], file: IO[str]) -> None:
    """Write a Markdown table in which no text is markup."""
    file.write(f"| {' | '.join(markdown_text(column) for column in columns)} |\n")
    file.write(f"|{'---|' * len(columns)}\n")
    for row in rows:
        file.write(f"| {' | '.join(markdown_text(value) for value in row)} |\n")


def write_latex(columns: Sequence[str], rows: Iterator[Sequence[Any]], file: IO[str]) -> None:
    """Write a LaTeX tabular that needs no package."""
    file.write(f"\\begin{{tabular}}{{{'l' * len(columns)}}}\n\\hline\n")
    file.write(" & ".join(latex_text(column) for column in columns) + " \\\\\n\\hline\n")
    for row in rows:
        file.write(" & ".join(latex_text(value) for value in row) + " \\\\\n")
    file.write("\\hline\n\\end{tabular}\n")


WRITERS: dict[str, Callable[[Sequence[str], Iterator[Sequence[Any]], IO[str]], None]] = {
    "csv": write_csv,
    "json": write_json,
    "markdown": write_markdown,
    "latex": write_latex,
}


def _column_type(values: Iterable[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "BOOLEAN"
    if kinds == {int}:
        return "BIGINT" if all(value is None or -(2**63) <= value < 2**63 for value in values) else "DOUBLE"
    return "DOUBLE" if kinds and kinds <= {int, float} else "VARCHAR"


def _typed(row: Sequence[Any], types: Sequence[str]) -> list[Any]:
    return [
        _text(value) if kind == "VARCHAR" and value is not None else value
        for value, kind in zip(row, types, strict=True)
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _json_value(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    return value
