"""Labels over many runs."""

from __future__ import annotations

import json
import os
import time

import pytest

from runicorn import ExperimentManager
from runicorn.storage.liveness import hostname, identity

A, B, C = "20250601_120000_aaaaaa", "20250602_120000_bbbbbb", "20250603_120000_cccccc"


@pytest.fixture
def manager(root, make_run):
    for day, run_id in enumerate((A, B, C)):
        make_run(run_id, name=f"name{day}", project="nlp" if day == 2 else "vision", meta={"created_at": 1000.0 + day})
    return ExperimentManager(root)


def ids(found):
    return [run.id for run in found]


def test_every_run_is_found_newest_first(manager):
    found = manager.search_experiments()

    assert ids(found) == [C, B, A]
    assert (found[0].project, found[0].name, found[0].created_at, found[0].tags) == ("nlp", "name2", 1002.0, [])


def test_runs_are_found_by_project_tag_and_text(manager):
    assert manager.tag_experiment(A, ["base", "Night"])
    assert manager.tag_experiment(B, ["base"])
    assert manager.tag_experiment(B, ["more"])
    assert manager.tag_experiment(A, ["day"], append=False)

    assert ids(manager.search_experiments(tags=["base"])) == [B]
    assert ids(manager.search_experiments(tags=["more", "day"])) == [B, A]
    assert ids(manager.search_experiments(text="DAY")) == [A]
    assert ids(manager.search_experiments(text="name2")) == [C]
    assert ids(manager.search_experiments(project="vision", text="name0")) == [A]


def test_archived_and_pinned_runs(manager):
    assert manager.archive_experiment(A)
    assert manager.pin_experiment(B)

    assert ids(manager.search_experiments()) == [C, B]
    assert ids(manager.search_experiments(archived=True)) == [C, B, A]
    assert ids(manager.search_experiments(pinned=True)) == [B]
    assert manager.get_experiment_stats() == {
        "total": 3,
        "archived": 1,
        "pinned": 1,
        "projects": {"nlp": 1, "vision": 2},
        "tags": {},
    }


@pytest.mark.parametrize("call", ["archive_experiment", "pin_experiment"])
def test_an_unknown_run_is_not_labelled(manager, call):
    assert getattr(manager, call)("none") is False
    assert manager.tag_experiment("none", ["x"]) is False


def test_a_registered_run_is_in_the_file_the_published_package_reads(manager, root):
    known = manager.add_experiment(A, "vision", "name0", tags=["x"], description="first")
    manager.add_experiment("later", "vision", "other", tags=["y"])
    manager.tag_experiment("later", ["z"])

    entries = json.loads((root / ".experiments_metadata.json").read_text())
    assert (known.tags, known.description) == (["x"], "first")
    assert set(entries[A]) == {
        "id",
        "project",
        "name",
        "tags",
        "description",
        "created_at",
        "updated_at",
        "archived",
        "pinned",
    }
    assert entries["later"]["tags"] == ["y", "z"]
    assert ids(manager.search_experiments(text="other")) == ["later"]


def test_deleting_removes_files_but_not_of_pinned_or_living_runs(manager, root, make_run):
    living = make_run(
        "living", status="running", meta={"pid": os.getpid(), "hostname": hostname(), "process": identity()}
    )
    manager.pin_experiment(B)

    assert manager.delete_experiments([A, B, "living", "none"]) == {A: True, B: False, "living": False, "none": False}
    assert manager.delete_experiments([B], force=True) == {B: True}

    assert living.exists()
    assert ids(manager.search_experiments(text="name")) == [C]


def test_old_runs_are_named_before_they_are_removed(manager, make_run):
    make_run("new", meta={"created_at": time.time()})
    manager.pin_experiment(C)

    assert sorted(manager.cleanup_old_experiments(days=1)) == [A, B]
    assert len(manager.search_experiments()) == 4
    assert sorted(manager.cleanup_old_experiments(days=1, dry_run=False)) == [A, B]
    assert set(ids(manager.search_experiments())) == {C, "new"}


def test_a_damaged_run_hides_no_other(manager, root):
    (root / "vision/name0/runs" / A / "meta.json").write_text("{half")
    (root / ".experiments_metadata.json").write_text('{"x": 7, "y": {"tags": 3, "created_at": "soon"}}')

    assert set(ids(manager.search_experiments())) == {A, B, C, "y"}
