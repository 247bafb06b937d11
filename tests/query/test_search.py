"""The search language: what it finds, in which order, and where it says a mistake is."""

from __future__ import annotations

import json
import threading

import pytest

from runicorn.errors import QueryError
from runicorn.query.recent import Recent
from runicorn.query.search import All, AnyOf, Comparison, Not, OneOf, Word, parse

RUNS = {
    "r1": {
        "project": "vision", "name": "resnet", "status": "finished",
        "config": {"lr": 1e-4, "optimizer": {"name": "adam", "my key": 1}, "amp": True, "layers": [1, 2]},
        "summary": {"best_metric_value": 0.9, "best_metric_name": "acc", "note": "fine"},
        "labels": {"tags": ["baseline", "good"], "notes": "First try", "group": "seeds"},
        "acc": [0.5, 0.95], "created": 1748779200.0,
    },
    "r2": {
        "project": "vision", "name": "vit", "status": "failed",
        "config": {"lr": 0.1, "optimizer": {"name": "sgd"}, "amp": False},
        "summary": {"best_metric_value": 0.7}, "labels": {"tags": ["Good one"], "pinned": True},
        "acc": [0.8, 0.7], "created": 1748865600.0,
    },
    "r3": {
        "project": "nlp", "name": "résumé", "status": "finished", "config": {"lr": "auto"}, "summary": {},
        "labels": {}, "acc": [], "created": 1748952000.0,
    },
}  # fmt: skip


@pytest.fixture
def find(make_run, metrics, reader):
    for run_id, run in RUNS.items():
        events = [metrics(step, **{"acc": value, "val/f1": value / 2}) for step, value in enumerate(run["acc"], 1)]
        folder = make_run(
            run_id, project=run["project"], name=run["name"], status=run["status"], config=run["config"],
            summary=run["summary"], events=events, meta={"created_at": run["created"]},
        )  # fmt: skip
        (folder / "labels.json").write_text(json.dumps(run["labels"]))

    def find(text, **choice):
        """Find by looking the fields up and, once they are made, in the columns beside the runs."""
        looked_up = [run.id for run in reader.search(text, **choice).runs]
        wait_for_columns()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Recent, "get", lambda self, question, state, answer, size: answer())
            assert [run.id for run in reader.search(text, **choice).runs] == looked_up
        return looked_up

    return find


def wait_for_columns():
    for thread in threading.enumerate():
        if thread.name == "runicorn-columns":
            thread.join()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "r1 r2 r3"),
        ("status = finished", "r1 r3"),
        ("status == 'finished' and project=vision", "r1"),
        ("status = finished project = vision", "r1"),
        ("status != finished", "r2"),
        ("not status = finished", "r2"),
        ("status = failed or project = nlp", "r2 r3"),
        ("status = failed or project = nlp and name = nothing", "r2"),
        ("(status = failed or project = nlp) and name = nothing", ""),
        ("config.lr < 1e-3", "r1"),
        ("config.lr >= 0.1", "r2"),
        ("config.lr = 0.1", "r2"),
        ("config.lr = auto", "r3"),
        ("config.lr != 0.1", "r1 r3"),
        ("config.lr in 1e-5..1e-3", "r1"),
        ("config.lr in (0.1, auto)", "r2 r3"),
        ("config.lr not in (0.1, auto)", "r1"),
        ("config.optimizer.name = adam", "r1"),
        ('config.optimizer."my key" = 1', "r1"),
        ("config.amp = true", "r1"),
        ("config.amp = false", "r2"),
        ("config.amp = null", "r3"),
        ("config.amp != null", "r1 r2"),
        ("config.layers = '[1, 2]'", "r1"),
        ("tags has baseline", "r1"),
        ("tags has 'Good one'", "r2"),
        ("tags = null", "r3"),
        ("tags ~ '(?i)good'", "r1 r2"),
        ("name ~ 'res.*'", "r1"),
        ("name !~ 'res.*'", "r2 r3"),
        ("name ~ 'é'", "r3"),
        ("metrics.acc.max > 0.9", "r1"),
        ("metrics.acc > 0.6", "r1 r2"),
        ("metrics.acc.last = 0.7", "r2"),
        ('metrics."val/f1".min < 0.3', "r1"),
        ("metrics.val/f1.min < 0.3", "r1"),
        ("metrics.acc = null", "r3"),
        ("best > 0.8", "r1"),
        ("summary.note = fine", "r1"),
        ("group = seeds", "r1"),
        ("pinned = true", "r2"),
        ("archived = false", "r1 r2 r3"),
        ("created >= 2025-06-02T12:00:00+00:00", "r2 r3"),
        ("created_at < 1748800000", "r1"),
        ("VISION", "r1 r2"),
        ("first", "r1"),
        ("'Good one'", "r2"),
        ("vision resnet", "r1"),
        ("config.lr < 1e-3 and (tags has baseline or metrics.acc.max > 0.9) and name ~ \"res.*\"", "r1"),
        ("name = \"x'; DROP TABLE runs; --\"", ""),
        ("config.\"a' OR 1=1 --\" = 1", ""),
    ],
)  # fmt: skip
def test_a_search_finds(find, text, found):
    assert sorted(find(text)) == found.split()


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("name = ", 7),
        ("name =", 6),
        ("= 3", 0),
        ("(status = failed", 16),
        ("status = failed)", 15),
        ("status in (a, b", 15),
        ("status in a", 11),
        ("name ~ '('", 7),
        ("bogus = 3", 0),
        ("status = failed and bogus.x = 3", 20),
        ("name = 'open", 7),
        ("name ! x", 5),
        ("config.lr < null", 12),
        ("created > yesterday", 10),
        ("name has x", 9),
        ("and", 0),
        ("config. lr = 3", 8),
        ("(" * 60, 50),
        ("not " * 60 + "a", 196),
    ],
)
def test_a_mistake_is_pointed_at(find, text, position):
    with pytest.raises(QueryError) as caught:
        find(text)

    assert caught.value.position == position


def test_precedence():
    node = parse("a or not b and c in (1, 'x')")

    assert isinstance(node, AnyOf) and node.terms[0] == Word("a")
    assert isinstance(node.terms[1], All)
    negated, listed = node.terms[1].terms
    assert negated == Not(Word("b"))
    assert isinstance(listed, OneOf) and listed.values == (1, "x")


def test_values_have_their_types():
    values = [parse(f"config.a = {text}").value for text in ("1", "1.5", "1e-3", "-2", "true", "null", "x1", "'1'")]

    assert values == [1, 1.5, 1e-3, -2, True, None, "x1", "1"]
    assert isinstance(parse("a = 1"), Comparison)


def test_runs_are_sorted_by_any_field_texts_after_numbers_and_missing_ones_last(find):
    assert find("", order_by="metrics.acc.max") == ["r1", "r2", "r3"]
    assert find("", order_by="metrics.acc.max", descending=False) == ["r2", "r1", "r3"]
    assert find("", order_by="config.lr") == ["r2", "r1", "r3"]
    assert find("", order_by="config.lr", descending=False) == ["r1", "r2", "r3"]
    assert find("", order_by="created") == ["r3", "r2", "r1"]
    assert find("", order_by="name", descending=False) == ["r1", "r3", "r2"]
    with pytest.raises(QueryError):
        find("", order_by="bogus")


def test_a_page_tells_the_total(find, reader):
    answer = reader.search("project = vision", order_by="name", limit=1, offset=1)

    assert ([run.id for run in answer.runs], answer.total) == (["r1"], 2)


def test_a_change_on_disk_changes_what_is_found(find, reader, root, make_run):
    assert find("status = failed") == ["r2"]
    (root / "vision" / "resnet" / "runs" / "r1" / "status.json").write_text(json.dumps({"status": "failed"}))
    make_run("r4", status="failed", config={"lr": 5})
    reader.runs.refresh(now=True)

    assert sorted(find("status = failed")) == ["r1", "r2", "r4"]
    assert find("config.lr > 1") == ["r4"]


def test_runs_keep_their_places_when_one_of_them_changes(find, reader, root):
    before = find("")
    for run_id in RUNS:
        labels = reader.runs.get(run_id).files.labels
        labels.write_text(json.dumps({"tags": ["changed"]}))
        reader.runs.refresh(now=True)

        assert find("") == before
        assert find("config.lr > 0", order_by="summary.best_metric_value") == ["r1", "r2"]
        assert find(f'id = "{run_id}" and tags has changed') == [run_id]


def test_metrics_that_grow_change_what_is_found(find, reader, root, metrics):
    assert find("metrics.acc.max > 0.96") == []
    with (root / "vision" / "resnet" / "runs" / "r1" / "events.jsonl").open("a") as file:
        file.write(json.dumps(metrics(3, acc=0.99)) + "\n")
    reader.runs.refresh(now=True)

    assert find("metrics.acc.max > 0.96") == ["r1"]


def test_a_field_asked_for_before_is_not_looked_up_again(find, reader, monkeypatch):
    find("config.lr < 1 and metrics.acc.max > 0.9", order_by="summary.note")
    monkeypatch.setattr("runicorn.query.index.Compiler", pytest.fail)

    assert reader.search("config.lr < 0.01 and metrics.acc.max > 0.8", order_by="summary.note").total == 1


def test_true_and_one_are_two_questions(find, make_run, reader):
    make_run("one", config={"amp": 1})
    make_run("true", config={"amp": True})
    reader.runs.refresh(now=True)
    assert find("config.amp = 1") == ["one"]
    assert sorted(find("config.amp = true")) == ["r1", "true"]


def test_of_leaves_with_the_same_dotted_key_the_first_counts(make_run, reader, find):
    make_run("double", config={"a": {"b": 1}, "a.b": 2})
    reader.runs.refresh(now=True)
    assert find("config.a.b = 1", order_by="config.a.b") == ["double"]
    assert find("config.a.b = 2") == []


def test_facts_are_kept_in_the_cache_folder_and_a_damaged_book_is_made_again(find, reader, open_reader, root):
    assert find("metrics.acc.max > 0.9") == ["r1"]
    reader.close()
    book = reader.cache_dir / "facts.json"
    assert book.is_file()

    whole = json.loads(book.read_text())
    odd = {"runs": {folder: [7, rows] for folder, (_, rows) in whole["runs"].items()}}
    for damage in (whole, b"{", b"[]", {"columns": []}, {"runs": {"a run": 7}}, odd):
        book.write_bytes(damage if isinstance(damage, bytes) else json.dumps(whole | damage).encode())
        again = open_reader(root)
        assert [run.id for run in again.search("metrics.acc.max > 0.9").runs] == ["r1"]
        again.close()


@pytest.mark.parametrize("text", ["", "word", "status = failed", "config.lr = 1", "metrics.acc > 1", "tags has x"])
def test_a_root_without_runs_finds_nothing(reader, text):
    assert reader.search(text, order_by="metrics.acc.max").runs == []


def test_the_first_search_after_preparing_fills_no_table(find, reader, monkeypatch):
    reader.prepare()
    monkeypatch.setattr("runicorn.query.views.make_table", None)

    assert find("config.lr < 1e-3") == ["r1"]
