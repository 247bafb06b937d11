"""Stages, evaluations, and what a run remembers of artifacts."""

import json
import threading

import pytest

from runicorn.errors import InvalidInput
from runicorn.storage.artifacts import evaluations, records, stages
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.lifecycle import read_lifecycle
from runicorn.storage.artifacts.metadata import FIELDS, read_metadata
from runicorn.storage.artifacts.versions import set_alias
from runicorn.storage.layout import RunFiles


@pytest.mark.parametrize("start", stages.STAGES)
@pytest.mark.parametrize("goal", stages.STAGES)
def test_only_the_documented_moves_are_made(save, start, goal):
    version = save(a=b"1")
    for stage in {"experimental": [], "staging": ["staging"], "production": ["staging", "production"]}.get(
        start, [start]
    ):
        stages.promote(version, stage)
    if goal in stages.TRANSITIONS[start]:
        assert stages.promote(version, goal) == start
        assert read_lifecycle(version).stage == goal
    else:
        with pytest.raises(InvalidInput, match=f"Invalid transition from {start} to {goal}"):
            stages.promote(version, goal)
        assert read_lifecycle(version).stage == start


def test_an_unknown_stage_is_refused(save):
    with pytest.raises(InvalidInput, match=r"Invalid target stage: gold. Must be one of \['experimental', 'staging'"):
        stages.promote(save(a=b"1"), "gold")


def test_metadata_keeps_its_seventeen_fields(save):
    version = save(a=b"1")
    stages.promote(version, "staging", notes="good", evaluator_run_id="r1")
    evaluations.record_evaluation(version, {"acc": 0.5}, "passed")
    assert json.loads(version.metadata.read_text()).keys() == FIELDS
    (move,) = read_lifecycle(version).transitions
    assert (move["from_stage"], move["to_stage"], move["notes"], move["evaluator_run_id"]) == (
        "experimental",
        "staging",
        "good",
        "r1",
    )


def test_the_alias_production_follows_the_stage(save):
    first, second = save(a=b"1"), save(a=b"2")
    for version in (first, second):
        stages.promote(version, "staging")
        stages.promote(version, "production")
    assert read_index(first.artifact).aliases["production"] == 2
    stages.promote(first, "archived")
    assert read_index(first.artifact).aliases["production"] == 2
    stages.promote(second, "archived")
    assert "production" not in read_index(first.artifact).aliases


def test_fields_the_published_package_put_into_metadata_are_read_and_moved_out(save):
    version = save(a=b"1")
    document = json.loads(version.metadata.read_text())
    move = {"from_stage": "experimental", "to_stage": "staging", "timestamp": 5.0, "notes": None}
    theirs = {"lifecycle_stage": "staging", "lifecycle_updated_at": 5.0, "stage_transitions": [move], "foreign": 7}
    version.metadata.write_text(json.dumps({**document, **theirs}))

    assert read_lifecycle(version).stage == "staging"
    assert read_metadata(version).size_bytes == 1
    set_alias(version.artifact, "best", 1)
    assert json.loads(version.metadata.read_text()).keys() == FIELDS
    assert read_lifecycle(version).transitions == (move,)
    assert json.loads(version.lifecycle.read_text())["foreign"] == 7


def test_evaluations_are_listed_newest_first_for_their_artifact_alone(root, save):
    version, other = save("net", a=b"1"), save("net_x", a=b"1")
    first = evaluations.record_evaluation(version, {"acc": 0.5}, "passed", notes="n", test_dataset="t")
    second = evaluations.record_evaluation(version, {"acc": float("nan")}, "failed")
    evaluations.record_evaluation(other, {"acc": 1.0}, "passed")
    assert [found.id for found in evaluations.list_evaluations(root, "net")] == [second.id, first.id]
    assert evaluations.list_evaluations(root, "net", 2) == []
    assert first.id.startswith("net_v1_")
    document = json.loads((root / "evaluations" / f"{first.id}.json").read_text())
    assert document == {
        "id": first.id,
        "model_name": "net",
        "model_version": 1,
        "evaluation_date": first.evaluation_date,
        "evaluator_run_id": None,
        "metrics": {"acc": 0.5},
        "test_dataset": "t",
        "status": "passed",
        "notes": "n",
    }


def test_evaluations_in_one_millisecond_have_ids_of_their_own(root, save, monkeypatch):
    monkeypatch.setattr(evaluations.time, "time", lambda: 1.0)
    version = save(a=b"1")
    ids = {evaluations.record_evaluation(version, {}, "passed").id for _ in range(12)}
    assert ids == {f"net_v1_{1000 + i}" for i in range(12)}
    assert len(read_lifecycle(version).evaluations) == 10


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"id": 7, "model_name": "net"}', '{"id": "x", "model_name": "net", "metrics": 3}']
)
def test_a_damaged_evaluation_does_not_hide_the_others(root, save, text):
    kept = evaluations.record_evaluation(save(a=b"1"), {"acc": 1}, "passed")
    (root / "evaluations" / "net_v1_7.json").write_text(text)
    assert kept in evaluations.list_evaluations(root, "net")


def test_a_run_remembers_every_version_it_made_and_each_it_used_once(save, make_run):
    run = RunFiles(str(make_run()))
    first, second = save(a=b"123"), save(a=b"1234")
    for version in (first, second):
        records.record_created(run, version)
        records.record_used(run, version)
        records.record_used(run, version)
    created = json.loads(run.artifacts_created.read_text())["artifacts"]
    used = json.loads(run.artifacts_used.read_text())["artifacts"]
    assert [list(row) for row in created] == [
        ["name", "type", "version", "created_at", "size_bytes", "num_files", "num_references"]
    ] * 2
    assert [list(row) for row in used] == [["name", "type", "version", "used_at", "size_bytes", "num_files"]] * 2
    assert [(row["version"], row["size_bytes"]) for row in used] == [(1, 3), (2, 4)]


def test_many_writers_of_one_run_lose_no_record(save, make_run):
    run = RunFiles(str(make_run()))
    made = [save(f"net{i}", a=b"1") for i in range(8)]
    threads = [threading.Thread(target=records.record_created, args=(run, version)) for version in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = json.loads(run.artifacts_created.read_text())["artifacts"]
    assert sorted(row["name"] for row in rows) == [f"net{i}" for i in range(8)]
