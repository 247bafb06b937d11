"""The shell of `runicorn sql`: history, completion of view and column names, one statement per `;`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from runicorn.cli.output import visible
from runicorn.cli.progress import reading_bar

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer

    from runicorn.query import Reader

WORDS = """
SELECT upper(keyword_name) FROM duckdb_keywords() WHERE keyword_category = 'reserved'
UNION SELECT function_name FROM duckdb_functions() WHERE function_type = 'aggregate' ORDER BY 1
"""

LEAVING = ("exit", "quit", ".exit", ".quit")


def run_shell(reader: Reader) -> None:
    """Read statements from the terminal and show their answers until Ctrl-D or `exit`."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory

    from runicorn.config import config_dir
    from runicorn.query.views import SCHEMA

    config_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    history = FileHistory(str(config_dir() / "sql_history"))
    click.echo(f"SQL over all runs. Views: {', '.join(SCHEMA)}.\nEnd a statement with ;  Ctrl-D leaves.")
    for statement in iter_statements(PromptSession(history=history, completer=make_completer(reader))):
        answer(reader, statement)


def iter_statements(session: PromptSession[str]) -> Iterator[str]:
    """Yield what is typed up to each semicolon at the end of a line. Ctrl-C drops what was typed so far."""
    statement = ""
    while True:
        try:
            line = session.prompt("...> " if statement else "sql> ")
        except KeyboardInterrupt:
            statement = ""
            continue
        except EOFError:
            return
        if not statement and line.strip().rstrip(";").lower() in LEAVING:
            return
        statement = f"{statement}\n{line}".strip()
        if statement.endswith(";"):
            yield statement
            statement = ""


def answer(reader: Reader, statement: str) -> None:
    """Show the answer of one statement, or what is wrong with it."""
    from runicorn.cli.sql import show
    from runicorn.errors import RunicornError

    try:
        with reading_bar(reader):
            relation = reader.sql(statement)
        show(relation, format="table")
    except RunicornError as error:
        click.echo(visible(f"Error: {error}"), err=True)


def make_completer(reader: Reader) -> Completer:
    """Return a completer of the views, their columns and the usual words of SQL."""
    from prompt_toolkit.completion import WordCompleter

    from runicorn.query.views import SCHEMA

    columns = {column for columns in SCHEMA.values() for column in columns}
    words = [word for (word,) in reader.sql(WORDS).fetchall()]
    return WordCompleter([*SCHEMA, *sorted(columns), *words], ignore_case=True)
