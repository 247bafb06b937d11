"""Several runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runicorn.export.comparison import compare_page
from runicorn.query import Reader

A, B, C = (f"20250601_120000_{letter * 6}" for letter in "abc")


@pytest.fixture
def reader(root: Path, make_run: Callable[..., Path], metrics: Callable[..., dict]) -> Iterator[Reader]:
    """Three runs: a and b share all but the seed, c has another rate and a metric of its own."""
    for run_id, seed, lr in ((A, 1, 0.1), (B, 2, 0.1), (C, 3, 0.2)):
        extra = {"only": 5.0} if run_id == C else {}
        make_run(
            run_id,
            config={"seed": seed, "lr": lr, "same": True},
            summary={"acc": 0.5 + seed / 10},
            events=[metrics(step, loss=step / seed, **extra) for step in range(3)],
        )
    opened = Reader(root)
    yield opened
    opened.close()


def test_parameters_that_differ_come_first(reader: Reader):
    page = compare_page(reader, [A, B, C])["shown"]
    assert [(row.key, row.differs) for row in page["parameters"]] == [("lr", True), ("seed", True), ("same", False)]


def test_results_are_told_against_the_first_run(reader: Reader):
    row = compare_page(reader, [B, A])["shown"]["results"][0]
    assert row.values == [0.7, 0.6]
    assert row.deltas[0] is None
    assert row.deltas[1] == pytest.approx(-0.1)


def test_a_metric_that_one_run_lacks_is_there(reader: Reader):
    page = compare_page(reader, [A, C])["shown"]
    facts = {fact.name: fact for _, group in page["groups"] for fact in group}
    assert facts["only"].count == 3
    assert (facts["loss"].count, facts["loss"].max) == (6, 2.0)
    assert [answer["run_id"] for answer in page["chart_data"]["answers"]] == [A, C]


def test_of_metrics_without_number_the_first_are_drawn(root: Path, make_run, metrics, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("runicorn.export.curves.MAX_CARDS", 3)
    make_run(A, events=[metrics(1, **{f"m{number}": 1.0 for number in range(5)})])
    with closing(Reader(root)) as reader:
        page = compare_page(reader, [A])["shown"]
    assert [len(group) for _, group in page["groups"]] == [3]
    assert page["hidden_metrics"] == 2


def test_runs_can_be_joined_by_what_some_of_them_share(reader: Reader):
    offered = dict(compare_page(reader, [A, B, C])["shown"]["groupings"])
    assert offered["lr"] == ["lr = 0.1", "lr = 0.1", "lr = 0.2"]
    assert "seed" not in offered


def test_runs_that_are_gone_are_named_and_doubles_counted_once(reader: Reader):
    page = compare_page(reader, [A, "gone", A])["shown"]
    assert [run.id for run in page["runs"]] == [A]
    assert page["missing"] == ["gone"]
