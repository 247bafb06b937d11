from __future__ import annotations

import csv
import io
import json
import math

import duckdb
import pytest

from runicorn.export import tables
from runicorn.export.runs import metric_rows, run_rows
from runicorn.query import Reader


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "=HYPERLINK(1)"], ids=repr)
def test_text_that_would_be_a_formula_gets_an_apostrophe(text):
    """Case 62."""
    assert tables.csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [-1.5, 0, -7, math.inf, True, None, "plain", "a=b", "'=1"], ids=repr)
def test_numbers_and_plain_text_stay_what_they_are(value):
    assert tables.csv_cell(value) == value


def test_a_list_that_starts_like_a_formula_is_no_formula_either():
    assert tables.csv_cell(["=1"]) == '["=1"]'


def test_csv_comes_back_as_it_went(tmp_path):
    rows = [("a,b", 'say "hi"', "two\nlines", 1.5), (None, "", "é", -0.25)]
    file = io.StringIO()

    tables.write_csv(["w", "=x", "y", "z"], iter(rows), file)

    read = list(csv.reader(io.StringIO(file.getvalue())))
    assert read == [["w", "'=x", "y", "z"], ["a,b", 'say "hi"', "two\nlines", "1.5"], ["", "", "é", "-0.25"]]


def test_markdown_and_latex_show_markup_literally():
    markdown, latex = io.StringIO(), io.StringIO()
    row = ("a|b", "<img src=x>", "[x](javascript:y)", "50% & $x_1$ \\ {~^#}", 0.1234567)
    columns = ["one", "t_wo", "three", "four", "five"]

    tables.write_markdown(columns, iter([row]), markdown)
    tables.write_latex(columns, iter([row]), latex)

    header, rule, line = markdown.getvalue().splitlines()
    assert header == "| one | t\\_wo | three | four | five |"
    assert rule == "|---|---|---|---|---|"
    assert line.startswith("| a\\|b | \\<img src=x\\> | \\[x\\](javascript:y) |")
    assert "50\\% \\& \\$x\\_1\\$ \\textbackslash{} \\{\\textasciitilde{}\\textasciicircum{}\\#\\}" in latex.getvalue()
    assert latex.getvalue().startswith("\\begin{tabular}{lllll}\n\\hline\n")


def test_parquet_columns_have_the_type_of_their_values(tmp_path):
    columns = ["n", "x", "flag", "text", "mixed", "big", "none", 'quo"ted']
    rows = [
        [1, 0.5, True, "a", 1, 2**70, None, 1],
        [None, math.nan, None, None, "b", 1, None, 2],
    ]

    tables.write_parquet_rows(columns, rows, tmp_path / "x.parquet")

    relation = duckdb.read_parquet(str(tmp_path / "x.parquet"))
    types = [str(kind) for kind in relation.types]
    assert relation.columns == columns
    assert types == ["BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR", "VARCHAR", "DOUBLE", "VARCHAR", "BIGINT"]
    first, second = relation.fetchall()
    assert first == (1, 0.5, True, "a", "1", float(2**70), None, 1)
    assert math.isnan(second[1])


def test_a_row_per_run_has_every_parameter_and_summary_value_of_any_run(root, make_run):
    make_run("one", config={"lr": 0.1, "net": {"width": 8}}, summary={"loss": -1.5, "best_metric_name": "loss"})
    make_run("two", config={"batch": 4})

    with Reader(root) as reader:
        columns, rows = run_rows(sorted(reader.runs.list_runs(), key=lambda run: run.id))
        one, two = (dict(zip(columns, row, strict=True)) for row in rows)

    assert columns[-4:] == ["config.batch", "config.lr", "config.net.width", "summary.loss"]
    assert (one["config.lr"], one["config.net.width"], one["summary.loss"]) == (0.1, 8, -1.5)
    assert (two["config.batch"], two["config.lr"], two["summary.loss"]) == (4, None, None)


def test_a_row_per_point_is_in_full_resolution(root, make_run, metrics):
    make_run("one", events=[metrics(step, loss=step / 2) for step in range(1, 5001)])
    make_run("two", events=[metrics(7, acc=float("nan"), note="text")])

    with Reader(root) as reader:
        columns, rows = metric_rows(reader, sorted(reader.runs.list_runs(), key=lambda run: run.id))
        rows = list(rows)

    assert columns == ["run_id", "project", "name", "metric", "step", "time", "value"]
    assert len(rows) == 5001
    assert rows[4999] == ("one", "vision", "base", "loss", 5000, 1748779200.0 + 5000, 2500.0)
    assert rows[5000][:5] == ("two", "vision", "base", "acc", 7)
    assert math.isnan(rows[5000][6])


def test_json_holds_no_token_that_json_does_not_know():
    file = io.StringIO()
    tables.write_json(["x"], iter([[math.nan], [{"y": [math.inf]}]]), file)

    assert json.loads(file.getvalue(), parse_constant=pytest.fail) == [{"x": None}, {"x": {"y": [None]}}]
