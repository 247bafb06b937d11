"""SQL over all runs: the same numbers as everywhere else, from no more files than needed."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time

import pytest

from runicorn.errors import QueryError
from runicorn.query import sql, views
from runicorn.query.metrics import Metrics
from runicorn.query.pruning import runs_in_question

IDS = [f"20250601_1200{number:02}_a1b2c3" for number in range(30)]


@pytest.fixture
def runs(make_run, metrics):
    """Thirty runs at rest, in two projects."""
    folders = []
    for number, run_id in enumerate(IDS):
        events = [metrics(step, loss=number + 1 / step, phase="warm") for step in range(1, 6)]
        folder = make_run(
            run_id, project=f"p{number % 2}", name=f"n{number % 3}", events=events, config={"lr": number / 10}
        )
        then = time.time() - 3600
        for path in (*folder.iterdir(), folder):
            os.utime(path, (then, then))
        folders.append(folder)
    return folders


def rows(reader, query, params=()):
    return reader.sql(query, params).fetchall()


def test_the_view_gives_the_numbers_of_the_table_by_step(published_root, open_reader):
    reader = open_reader(published_root)
    for run in reader.runs.list_runs():
        table = reader.metrics.by_step(run)
        found = rows(reader, "SELECT step, metric, value, text FROM metrics WHERE run_id = ?", [run.id])
        shown = {(step, metric): value if text is None else text for step, metric, value, text in found}
        for row in table.rows():
            for name in set(table.columns) - {"global_step", "time"}:
                value = shown.get((row["global_step"], name))
                if isinstance(value, float) and not math.isfinite(value):
                    value = None
                assert value == (row[name] if row[name] is None or isinstance(row[name], str) else float(row[name]))


def test_views_join_by_run(reader, runs):
    query = """SELECT r.run_id, p.number, min(m.value) FROM metrics m JOIN runs r USING (run_id)
               JOIN params p USING (run_id) WHERE p.key = 'lr' AND m.metric = 'loss' GROUP BY ALL ORDER BY 1"""

    assert rows(reader, query) == [(run_id, n / 10, n + 0.2) for n, run_id in enumerate(IDS)]


def test_runs_at_rest_come_from_packs_in_every_later_process(reader, runs, open_reader, root, monkeypatch):
    query = "SELECT run_id, metric, step, value, text FROM metrics ORDER BY ALL"
    first = rows(reader, query)
    assert len(first) == 300
    assert list((reader.cache_dir / "metrics").glob("*.parquet"))

    monkeypatch.setattr("runicorn.query.packs.iter_stacks", lambda runs, *_: pytest.fail("read") if runs else ())
    assert rows(open_reader(root), query) == first


@pytest.mark.parametrize("damage", [lambda entry: 7, lambda entry: [entry[0], 7, entry[2]], lambda entry: entry[:2]])
def test_an_index_of_odd_shape_is_made_again(reader, runs, open_reader, root, damage):
    first = rows(reader, "SELECT count(*), sum(value) FROM metrics")
    index = reader.cache_dir / "metrics" / "index.json"
    document = json.loads(index.read_text())
    document["runs"] = {run: damage(entry) for run, entry in document["runs"].items()}
    index.write_text(json.dumps(document))

    assert rows(open_reader(root), "SELECT count(*), sum(value) FROM metrics") == first


@pytest.mark.parametrize("damage", ["pack gone", "index gone", "index damaged", "all gone"])
def test_packs_may_vanish_at_any_moment(reader, runs, open_reader, root, damage):
    """Case 14."""
    query = "SELECT count(*), sum(value) FROM metrics"
    first = rows(reader, query)
    folder = reader.cache_dir / "metrics"
    for path in folder.iterdir():
        if damage == "all gone" or path.suffix == (".parquet" if damage == "pack gone" else ".json"):
            path.write_bytes(b"{") if damage == "index damaged" else path.unlink()

    assert rows(reader, query) == first
    assert rows(open_reader(root), query) == first


def test_a_run_that_changed_or_went_is_not_read_from_its_pack(reader, runs, metrics):
    assert rows(reader, "SELECT count(*) FROM metrics") == [(300,)]
    with (runs[0] / "events.jsonl").open("a") as file:
        file.write(json.dumps(metrics(9, loss=0.0)) + "\n")
    (runs[0] / "status.json").write_text(json.dumps({"status": "interrupted"}))
    (runs[1] / ".deleted").write_text("{}")
    reader.runs.refresh(now=True)

    assert rows(reader, "SELECT count(*) FROM metrics") == [(300 + 1 - 10,)]
    assert rows(reader, "SELECT max(step) FROM metrics WHERE run_id = ?", [IDS[0]]) == [(9,)]


def test_a_cache_that_cannot_be_written_is_done_without(reader, runs):
    reader.cache_dir.mkdir(parents=True)
    (reader.cache_dir / "metrics").write_text("in the way")

    assert rows(reader, "SELECT count(*) FROM metrics") == [(300,)]


def test_a_filter_on_a_run_opens_the_files_of_no_other(reader, runs, monkeypatch):
    opened = []
    read = Metrics.merged
    monkeypatch.setattr(Metrics, "merged", lambda metrics, run: (opened.append(run.id), read(metrics, run))[1])

    assert rows(reader, "SELECT count(*) FROM metrics WHERE run_id = ?", [IDS[3]]) == [(10,)]
    assert opened == [IDS[3]]


A, B = IDS[0], IDS[1]


@pytest.mark.parametrize(
    ("query", "params", "needed"),
    [
        ("FROM metrics", (), 30),
        (f"FROM metrics WHERE run_id = '{A}'", (), 1),
        (f"FROM metrics WHERE '{A}' = run_id AND step > 3", (), 1),
        ("FROM metrics WHERE run_id IN (?, ?)", (A, B), 2),
        ("FROM metrics m WHERE m.run_id = $a", {"a": A}, 1),
        ("FROM metrics WHERE project = 'p0' AND name = 'n0'", (), 5),
        ("FROM metrics JOIN runs USING (run_id) WHERE runs.project = 'p0'", (), 15),
        (f"FROM metrics WHERE run_id = '{A}' OR step = 1", (), 30),
        (f"FROM metrics WHERE NOT run_id = '{A}'", (), 30),
        (f"FROM metrics LEFT JOIN runs USING (run_id) WHERE runs.run_id = '{A}'", (), 30),
        (f"FROM metrics, runs WHERE runs.run_id = '{A}'", (), 30),
        (f"FROM metrics WHERE run_id = '{A}' UNION ALL FROM metrics WHERE run_id = '{B}'", (), 2),
        (f"FROM metrics WHERE run_id = '{A}' UNION ALL FROM metrics", (), 30),
        (f"WITH a AS (FROM metrics WHERE run_id = '{A}') FROM a", (), 1),
        (f"FROM runs WHERE run_id IN (SELECT run_id FROM metrics WHERE run_id = '{A}')", (), 1),
        (f"FROM metrics AS m(run_id, x) WHERE x = '{A}'", (), 30),
        (f"FROM metrics WHERE run_id = lower('{A}')", (), 30),
        ("not a query", (), 30),
    ],
)
def test_only_what_is_certain_narrows_the_runs(reader, runs, query, params, needed):
    with reader.cursor() as cursor:
        assert len(runs_in_question(cursor, query, params, "metrics", reader.runs.list_runs())) == needed


def test_every_view_has_the_columns_it_is_said_to_have(reader, runs):
    for name, columns in views.SCHEMA.items():
        assert reader.sql(f"SELECT * FROM {name}").columns == list(columns)


def test_logs_images_and_events_are_views(reader, make_run, metrics):
    image = {"ts": 5.0, "type": "image", "data": {"key": "cat", "path": "media/a.png", "step": 3, "caption": None}}
    make_run(IDS[0], events=[metrics(1, loss=0.5), image, "garbage\n"], logs="12:00:00 | one\n12:00:01 | two\n")

    assert rows(reader, "SELECT line_number, line FROM logs") == [(1, "12:00:00 | one"), (2, "12:00:01 | two")]
    assert rows(reader, "SELECT key, step, path FROM images") == [("cat", 3, "media/a.png")]
    assert rows(reader, "SELECT type, data->>'$.key' FROM events ORDER BY ts") == [("image", "cat"), ("metrics", None)]


def test_odd_configurations_are_borne(reader, make_run):
    make_run(IDS[0], config={"a": {"b": {"c": 1}}, "n": float("nan"), "big": 2**80, "l": [1], "s": "\ud800", "e": {}})

    found = dict(rows(reader, "SELECT key, value FROM params"))

    assert (found["a.b.c"], found["n"], found["l"], found["e"]) == ("1", "NaN", "[1]", "{}")
    assert rows(reader, "SELECT config->>'$.a.b.c' FROM runs") == [("1",)]


@pytest.mark.parametrize("query", ["SELEC 1", "SELECT * FROM nothing", "", "SELECT ?"])
def test_a_query_that_cannot_run_is_an_error(reader, query):
    with pytest.raises(QueryError):
        reader.sql(query)


def test_from_python(root, runs):
    assert sql("SELECT count(*) FROM runs WHERE project = ?", ["p0"], storage=root).fetchall() == [(15,)]


def test_from_python_again_what_came_meanwhile_is_there_and_the_rest_is_not_read_anew(
    root, runs, make_run, metrics, monkeypatch
):
    question = "SELECT count(DISTINCT run_id), max(step) FROM metrics"
    [(count, step)] = sql(question, storage=root).fetchall()
    monkeypatch.setattr("runicorn.query.kept.Reader", pytest.fail)

    folder = make_run("20990101_120000_a1b2c3", events=[metrics(1000, loss=0.5)])
    assert sql(question, storage=root).fetchall() == [(count + 1, 1000)]
    with (folder / "events.jsonl").open("a") as file:
        file.write(json.dumps(metrics(2000, loss=0.5)) + "\n")
    assert sql(question, storage=root).fetchall() == [(count + 1, 2000)]
    assert step < 1000


def test_an_answer_outlives_a_question_to_another_root(root, runs, tmp_path):
    answer = sql("SELECT count(*) FROM runs", storage=root)
    (tmp_path / "other").mkdir()
    assert sql("SELECT count(*) FROM runs", storage=tmp_path / "other").fetchall() == [(0,)]
    assert answer.fetchall() == [(30,)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="has no fork")
def test_a_forked_child_asks_with_an_engine_of_its_own(root, runs):
    script = f"""
import os, runicorn
ask = lambda: runicorn.sql("SELECT count(*) FROM runs", storage={str(root)!r}).fetchall()
ask()
if child := os.fork():
    assert os.waitpid(child, 0)[1] == 0
print(ask())
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("[(30,)]\n[(30,)]\n", "", 0)
