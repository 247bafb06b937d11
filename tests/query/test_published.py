"""Answers over a root of the published package, compared with what its own viewer answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures" / "published"
ANSWERS = [json.loads(line) for line in (FIXTURES / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
BY_PATH = {answer["path"]: answer["recorded"] for answer in ANSWERS if answer["method"] == "GET"}
TABLES = sorted(path for path, answer in BY_PATH.items() if "/metrics_step" in path and answer["status"] == 200)


def test_runs_come_in_the_recorded_order_with_the_recorded_values(published_root, open_reader):
    runs = open_reader(published_root).runs.list_runs()

    recorded = BY_PATH["/api/runs"]["body"]
    shown = [{key: getattr(run, key) for key in item} for run, item in zip(runs, recorded, strict=True)]
    for item in shown:
        item["run_dir"] = str(item["run_dir"]).replace(str(published_root), "<ROOT>")
    assert shown == recorded


def test_the_recycle_bin_is_as_recorded(published_root, open_reader):
    runs = open_reader(published_root).runs.list_runs(deleted=True)

    recorded = BY_PATH["/api/recycle-bin"]["body"]["deleted_runs"]
    fields = ("id", "project", "name", "created_time", "deleted_at", "delete_reason", "original_status")
    assert [{key: getattr(run, key) for key in fields} for run in runs] == [
        {key: item[key] for key in fields} for item in recorded
    ]


def test_projects_and_names_are_as_recorded(published_root, open_reader):
    runs = open_reader(published_root).runs

    assert runs.projects() == BY_PATH["/api/projects"]["body"]["projects"]
    assert runs.names("vision") == BY_PATH["/api/projects/vision/names"]["body"]["names"]
    assert runs.names("nothing") == []


@pytest.mark.parametrize("path", TABLES)
def test_the_table_by_step_is_as_recorded(published_root, open_reader, path):
    recorded = BY_PATH[path]
    url = urlsplit(path)
    reader = open_reader(published_root)
    downsample = parse_qs(url.query).get("downsample")

    table = reader.metrics.by_step(reader.runs.get(url.path.split("/")[3]), int(downsample[0]) if downsample else None)

    answer = json.loads(table.to_json())
    compare_tables(answer, recorded["body"])
    assert len(answer["rows"]) == int(recorded["headers"]["x-row-count"])
    assert table.total == int(recorded["headers"]["x-total-count"])
    last = recorded["headers"].get("x-last-step")
    assert table.last_step == (None if last is None else int(last))


def compare_tables(answer: dict[str, Any], recorded: dict[str, Any]) -> None:
    """All but the choice of rows must be equal: the published sampling is known to be faulty."""
    assert [answer[key] for key in ("columns", "total", "sampled")] == [
        recorded[key] for key in ("columns", "total", "sampled")
    ]
    rows, expected = answer["rows"], recorded["rows"]
    first, last = (expected["first"], expected["last"]) if isinstance(expected, dict) else (expected, expected)
    assert rows[:1] == first[:1]
    assert rows[-1:] == last[-1:]
    if answer["total"] == answer["sampled"] and isinstance(expected, list):
        assert rows == expected
