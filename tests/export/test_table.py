"""The table of runs: rows, columns, order, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runicorn.export import context, table
from runicorn.export.table import Choice
from runicorn.query import Reader


@pytest.fixture
def reader(root: Path, make_run: Callable[..., Path]) -> Iterator[Reader]:
    """Three runs, a the oldest: a has the highest rate, c has neither rate nor loss."""
    make_run(
        "20250601_120000_aaaaaa",
        meta={"created_at": 1.0},
        config={"lr": 0.1, "optim": {"name": "sgd"}},
        summary={"loss": 3},
    )
    make_run(
        "20250601_120000_bbbbbb",
        meta={"created_at": 2.0},
        config={"lr": 0.01, "optim": {"name": "sgd"}},
        summary={"loss": float("nan")},
    )
    make_run("20250601_120000_cccccc", name="other", status="failed", meta={"created_at": 3.0})
    opened = Reader(root)
    yield opened
    opened.close()


def order(reader: Reader, **choice: object) -> str:
    page = context.runs_page(reader, Choice(**choice))
    return "".join(run.id[-1] for run in page["shown"]["sheet"].rows)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-created", "cba"),
        ("created", "abc"),
        ("-config.lr", "abc"),
        ("config.lr", "bac"),
        ("-summary.loss", "acb"),
        ("status", "cba"),
        ("no such column", "cba"),
    ],
)
def test_runs_are_sorted_and_those_without_a_value_come_last(reader: Reader, sort: str, expected: str):
    assert order(reader, sort=sort) == expected


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"name": "other"}, "c"),
        ({"statuses": ("finished",)}, "ab"),
        ({"search": "AAAAAA"}, "a"),
        ({"search": "vision other"}, "c"),
        ({"project": "none"}, ""),
    ],
    ids=str,
)
def test_runs_are_chosen(reader: Reader, choice: dict[str, object], expected: str):
    assert sorted(order(reader, **choice)) == sorted(expected)


def test_a_page_past_the_end_is_the_last_one(reader: Reader):
    sheet = context.runs_page(reader, Choice(per_page=2, page=99))["shown"]["sheet"]
    assert (sheet.page, sheet.pages, sheet.total, len(sheet.rows)) == (2, 2, 3, 1)


def test_the_usual_columns_are_those_that_tell_runs_apart(reader: Reader):
    keys = [column.key for column in context.runs_page(reader, Choice())["shown"]["sheet"].columns]
    assert "config.lr" in keys
    assert "config.optim.name" not in keys


def test_chosen_columns_come_in_their_order_and_unknown_ones_are_left_out(reader: Reader):
    choice = Choice(columns=("summary.loss", "gone", "config.optim.name"))
    sheet = context.runs_page(reader, choice)["shown"]["sheet"]
    assert [column.key for column in sheet.columns] == ["run", "summary.loss", "config.optim.name"]


NESTED = {"a": {"b": {"c": 1}, "d": {}}, "e": [1], "f.g": {"h": 2}, "i.j": 3}


def test_nested_parameters_are_dotted():
    assert table.flatten(NESTED) == {"a.b.c": 1, "a.d": {}, "e": [1], "f.g.h": 2, "i.j": 3}


@pytest.mark.parametrize("key", [*table.flatten(NESTED), "a", "a.b", "x", "a.x", "", "."])
def test_a_parameter_is_looked_up_as_it_is_listed(key: str):
    assert table.look_up(NESTED, key) == table.flatten(NESTED).get(key)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("-metrics.val/loss.min", "bac"), ("metrics.val/loss.last", "abc"), ('metrics.no "such".max', "cba")],
)
def test_runs_are_sorted_by_what_a_metric_came_to(
    root: Path, make_run: Callable[..., Path], metrics: Callable[..., dict], sort: str, expected: str
):
    for index, values in enumerate(((3.0, 1.0), (5.0, 2.0), ())):
        events = [metrics(step, **{"val/loss": value}) for step, value in enumerate(values)]
        letter = "abc"[index]
        make_run(f"20250601_120000_{letter * 6}", meta={"created_at": float(index)}, events=events)
    with Reader(root) as reader:
        columns = ("metrics.val/loss.max",)
        shown = context.runs_page(reader, Choice(sort=sort, columns=columns))["shown"]
    assert "".join(run.id[-1] for run in shown["sheet"].rows) == expected
    cells = {run.id[-1]: shown["cell"](run, columns[0]) for run in shown["sheet"].rows}
    assert cells == {"a": 3.0, "b": 5.0, "c": None}


def test_the_search_language_is_understood_and_a_mistake_is_told(reader: Reader):
    assert set(order(reader, search="config.lr < 0.05 or name = other")) == {"b", "c"}
    shown = context.runs_page(reader, Choice(search="config.lr <", sort="config.lr"))["shown"]
    assert "position" in shown["problem"]
    assert [run.id[-1] for run in shown["sheet"].rows] == ["b", "a", "c"]


@pytest.mark.parametrize("key", ["\0", "a\nb", '"', "\\", "é.ü", "a..b", "x" * 3000], ids=repr)
def test_a_table_can_be_sorted_by_a_column_of_any_name(reader: Reader, key: str):
    assert order(reader, sort=f"-config.{key}") == "cba"
