from __future__ import annotations

import csv
import json
import math
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from runicorn.query import Reader


@pytest.fixture
def two_runs(make_run, metrics):
    make_run("one", events=[metrics(1, loss=0.5), metrics(2, loss=-1.5)])
    make_run("two", meta={"name": '=HYPERLINK("http://x","y")'}, events=[metrics(1, loss=float("nan"))])


@pytest.fixture
def sql(run_cli, root, two_runs):
    def ask(query, *arguments, **settings):
        return run_cli("sql", query, "--storage", root, *arguments, **settings)

    return ask


def test_a_table_for_people(sql):
    text = sql("SELECT run_id, count(*) AS points FROM metrics GROUP BY run_id ORDER BY run_id").stdout

    assert text.splitlines()[0].split() == ["run_id", "points"]
    assert ["one", "2"] in [line.split() for line in text.splitlines()]


def test_rows_too_wide_for_the_terminal_are_blocks(run_terminal, root, two_runs):
    lines = run_terminal("sql", "SELECT * FROM runs ORDER BY run_id", "--storage", root).splitlines()

    assert lines[0] == "--- 1 ---"
    assert ["status", "finished"] in [line.split() for line in lines]


def test_json_is_a_list_of_objects_with_null_for_what_is_not_finite(sql):
    rows = json.loads(sql("SELECT run_id, value FROM metrics ORDER BY ALL", "--json").stdout)

    assert rows == [
        {"run_id": "one", "value": -1.5},
        {"run_id": "one", "value": 0.5},
        {"run_id": "two", "value": None},
    ]


def test_no_rows_are_an_empty_list(sql):
    assert json.loads(sql("SELECT * FROM runs WHERE false", "--json").stdout) == []


def test_csv_cells_are_no_formulas_and_numbers_stay_numbers(sql):
    """Case 62."""
    text = sql("SELECT name, value FROM metrics ORDER BY ALL", "--format", "csv").stdout
    rows = list(csv.reader(text.splitlines()))

    assert rows[0] == ["name", "value"]
    assert rows[1] == ['\'=HYPERLINK("http://x","y")', "nan"]
    assert rows[2] == ["base", "-1.5"]


@pytest.mark.parametrize("arguments", [["--format", "parquet"], []], ids=["said", "by the name"])
def test_parquet_goes_to_a_file(sql, tmp_path, arguments):
    assert (
        sql("SELECT step, value FROM metrics ORDER BY ALL", "--output", tmp_path / "x.parquet", *arguments).exit_code
        == 0
    )

    rows = duckdb.sql(f"FROM '{tmp_path / 'x.parquet'}'").fetchall()
    assert rows[:1] + rows[2:] == [(1, 0.5), (2, -1.5)]
    assert math.isnan(rows[1][1])


def test_parquet_without_a_file_is_refused(sql):
    result = sql("SELECT 1", "--format", "parquet")

    assert result.exit_code == 1
    assert "--output" in result.stderr


@pytest.mark.parametrize(
    ("name", "start"),
    [("x.csv", "run_id\n"), ("x.json", "[\n"), ("x.md", "| run"), ("x.tex", "\\begin{tabular}"), ("x", "run_id\n")],
)
def test_the_files_name_says_the_format(sql, tmp_path, name, start):
    assert sql("SELECT run_id FROM runs", "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / name).read_text().startswith(start)


def test_a_query_that_fails_leaves_the_old_file(sql, tmp_path):
    (tmp_path / "x.csv").write_text("old")

    assert sql("SELECT CAST(name AS INTEGER) FROM runs", "-o", tmp_path / "x.csv").exit_code == 1
    assert [path.read_text() for path in tmp_path.glob("*.csv")] == ["old"]
    assert list(tmp_path.glob(".*")) == []


def test_parameters_fill_the_question_marks(sql):
    result = sql("SELECT ? AS a, ? AS b, ? AS c", "-p", "0.5", "-p", "x'; DROP", "-p", "true", "--json")

    assert json.loads(result.stdout) == [{"a": 0.5, "b": "x'; DROP", "c": True}]


def test_a_query_can_come_from_a_pipe(run_cli, root, two_runs):
    result = run_cli("sql", "--storage", root, "--format", "csv", input="SELECT count(*) AS n FROM runs")

    assert result.stdout == "n\n2\n"


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("SELEC 1", id="syntax"),
        pytest.param("SELECT nothing FROM runs", id="unknown column"),
        pytest.param("SELECT CAST(name AS INTEGER) FROM runs", id="fails while reading"),
    ],
)
def test_a_wrong_query_is_told_in_duckdbs_words(sql, query):
    result = sql(query)

    assert result.exit_code == 1
    assert "Error" in result.stderr
    assert "Unexpected" not in result.stderr


def test_the_shell_completes_views_and_columns(root, two_runs):
    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

    from runicorn.cli.shell import make_completer

    with Reader(root) as reader:
        completer = make_completer(reader)

    def complete(text):
        return {found.text for found in completer.get_completions(Document(text), CompleteEvent())}

    assert "metrics" in complete("SELECT * FROM metr")
    assert "best_metric_value" in complete("SELECT best_m")
    assert "SELECT" in complete("sel")


def test_the_shell_answers_until_it_is_left(root, two_runs, capsys):
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    from runicorn.cli.shell import run_shell
    from runicorn.config import config_dir

    def talk() -> None:
        with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()), Reader(root) as reader:
            pipe.send_text("SELECT 40 +\r2 AS n;\rSELEC;\rSELECT count(*) AS runs FROM runs;\rexit\r")
            run_shell(reader)

    with ThreadPoolExecutor(1) as thread:  # Playwright may hold this thread's event loop
        thread.submit(talk).result()

    shown = capsys.readouterr()
    assert [line.split() for line in shown.out.splitlines()].count(["42"]) == 1
    assert [line.split() for line in shown.out.splitlines()].count(["2"]) == 1
    assert "SELEC" in shown.err
    assert "SELECT 40 +" in (config_dir() / "sql_history").read_text()


def test_reading_many_runs_at_once_shows_how_far_it_is(run_process, run_terminal, root, make_run, metrics):
    for number in range(200):
        make_run(f"r{number:03}", events=[metrics(1, loss=number)])
    question = "SELECT count(*) AS found FROM metrics WHERE metric = 'loss'"

    assert "200/200" in run_terminal("sql", question, "--storage", root)
    assert "metrics.loss" not in run_terminal("runs", "metrics.loss > 5", "--storage", root, "--quiet")
    piped = run_process("runs", "metrics.loss > 197", "--storage", root)
    assert (piped.stderr, len(piped.stdout.splitlines())) == ("", 3)
