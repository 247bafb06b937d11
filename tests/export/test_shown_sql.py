"""The SQL behind tables gives what the tables show."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import runicorn
from runicorn.export import context, context_artifacts
from runicorn.export.comparison import compare_page
from runicorn.export.table import Choice
from runicorn.query import Reader
from runicorn.query.sandbox import run_sql

NAMES = ("status", "project", "name", "created", "duration", "best", "host", "group", "notes")


@pytest.fixture
def reader(root: Path, make_run: Callable[..., Path], metrics: Callable[..., dict]) -> Iterator[Reader]:
    """Five runs that differ in everything a table can show."""
    for number in range(5):
        values = [math.nan if number == 4 else number / (step + 1) for step in range(3)]
        folder = make_run(
            f"20250601_12000{number}_aaaaaa",
            name="it's" if number % 2 else "plain",
            status="failed" if number == 1 else "finished",
            meta={"created_at": float(number), "hostname": f"host{number % 3}"},
            config={"lr": 0.1**number, "optim": {"name": "sgd" if number < 3 else "adam"}, "odd'key": number},
            summary={
                "best_metric_name": "acc",
                "best_metric_value": number % 3,
                "loss": "none" if number == 2 else number,
            },
            events=[metrics(step, **{"val/loss": value}) for step, value in enumerate(values)] if number else [],
        )
        labels = {
            "tags": ["a", "b"][: number % 3],
            "pinned": number == 2,
            "archived": number == 3,
            "notes": f"no {number}",
        }
        (folder / "labels.json").write_text(json.dumps(labels))
    with Reader(root) as opened:
        yield opened


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"archived": True},
        *({"sort": f"{sign}{name}", "archived": True} for name in NAMES for sign in ("", "-")),
        {"sort": "tags"},
        {"sort": "config.lr"},
        {"sort": "-summary.loss"},
        {"sort": "-config.odd'key", "name": "it's"},
        {"sort": "metrics.val/loss.last", "columns": ("metrics.val/loss.min", "metrics.val/loss.mean")},
        {"sort": "-metrics.val/loss.max", "search": "metrics.val/loss.max > 0.5"},
        {"per_page": 2, "page": 2},
        {"per_page": 2, "page": 99, "archived": True},
        {"statuses": ("finished",), "project": "vision"},
        {"search": "config.lr < 0.5 and not tags has b or notes ~ '4$'"},
        {"search": "config.optim.name in (adam, x) and best >= 1"},
        {"search": "summary.loss != null and created < 2001-01-01"},
        {"search": "config.lr <"},
        {"columns": ("tags", "config.optim.name", "config.odd'key", "summary.loss", "notes", "host")},
    ],
    ids=str,
)
def test_the_query_of_a_page_gives_its_rows_in_their_order(reader: Reader, choice: dict[str, object]):
    shown = context.runs_page(reader, Choice(**choice))["shown"]

    relation = reader.sql(shown["sql"])
    found = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]

    assert [row["run_id"] for row in found] == [run.id for run in shown["sheet"].rows]
    for run, row in zip(shown["sheet"].rows, found, strict=True):
        cells = {key: value for key, value in row.items() if "." in key}
        assert {key: shown["cell"](run, key) for key in cells} == pytest.approx(
            {key: _plain(value) for key, value in cells.items()}
        )


def test_the_query_of_a_page_can_be_asked_over_http(reader: Reader):
    choice = Choice(
        sort="-metrics.val/loss.max", search="config.lr < 0.5", columns=("config.lr", "metrics.val/loss.min")
    )
    shown = context.runs_page(reader, choice)["shown"]

    answer = run_sql(reader, shown["sql"], max_rows=100, timeout_s=20, memory_mb=512)

    assert [row[0] for row in answer.rows] == [run.id for run in shown["sheet"].rows]


def test_the_queries_of_one_run_and_of_a_comparison(reader: Reader):
    runs = reader.runs.list_runs()
    one = context.run_page(reader, runs[0].id)["shown"]
    rows = reader.sql(one["config_sql"]).fetchall()
    assert [key for key, _, _ in rows] == sorted(one["config"])
    assert {key: number for key, _, number in rows if number is not None}["lr"] == runs[0].config["lr"]

    shown = compare_page(reader, [run.id for run in runs[:3]])["shown"]
    relation = reader.sql(shown["parameters_sql"])
    assert relation.columns == ["key", *(run.id for run in runs[:3])]
    assert {row[0] for row in relation.fetchall()} == {row.key for row in shown["parameters"]}
    answer = run_sql(reader, shown["results_sql"], max_rows=100, timeout_s=20, memory_mb=512)
    assert [row[0] for row in answer.rows] == sorted({key for run in runs[:3] for key in run.summary})


def test_the_queries_of_artifacts(root: Path, tmp_path: Path):
    (tmp_path / "net.pt").write_bytes(b"weights")
    with runicorn.init(project="p", storage=str(root)) as run:
        for name in ("it's", "other"):
            run.log_artifact(runicorn.Artifact(name, type="model").add_file(str(tmp_path / "net.pt")))
    with Reader(root) as reader:
        page = context_artifacts.artifacts_page(reader, "model")
        found = [row[:3] for row in reader.sql(page["sql"]).fetchall()]
        assert found == [(row.name, row.type, row.latest_version) for row in page["artifacts"]]
        page = context_artifacts.artifact_page(reader, "model", "it's")
        [(path, _, size, _)] = reader.sql(page["files_sql"]).fetchall()
        assert (path, size) == ("net.pt", 7)


def _plain(value: object) -> object:
    """A cell of a view as the table has it."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
