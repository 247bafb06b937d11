"""Runs that the published package and this one write in turn, into one storage root."""

from __future__ import annotations

import pytest

from runicorn.sdk.run import Run
from runicorn.storage import recycle

TWO_RUNS = """
for run_id in ("20250601_120000_a1b2c3", "20250601_120001_a1b2c4"):
    run = start(run_id)
    run.set_primary_metric("acc", mode="max")
    for step in range(1, 6):
        run.log({"loss": 1.0 / step, "acc": step / 10}, step=step)
    run.log_text("hello")
    run.summary({"note": "x"})
    run.finish()
"""
RUN, OTHER = "20250601_120000_a1b2c3", "20250601_120001_a1b2c4"


@pytest.fixture
def our_run(root):
    """A run of ours beside theirs."""
    with Run("ours", storage=root, name="base", capture_env=False, tags=["a"], config={"lr": 0.1}) as run:
        run.set_primary_metric("acc")
        for step in range(1, 6):
            run.log({"loss": 1.0 / step, "acc": step / 10}, step=step)
        run.log_text("hello")
        run.summary({"note": "x"})
    return run.id


def ids(ask):
    return [run["id"] for run in ask("GET", "/api/runs")[1]]


def test_both_viewers_show_the_same_runs(theirs, our_run, their_viewer, our_viewer):
    theirs(TWO_RUNS)
    (status, found), (_, ours) = their_viewer("GET", "/api/runs"), our_viewer("GET", "/api/runs")
    assert status == 200
    assert len(found) == 3
    assert [{key: run[key] for key in theirs_run} for theirs_run, run in zip(found, ours, strict=True)] == found
    for run_id in (RUN, OTHER, our_run):
        path = f"/api/runs/{run_id}/metrics_step"
        expected = their_viewer("GET", path)[1]
        assert our_viewer("GET", path)[1] == expected
        assert expected["total"] == 5
        detail = their_viewer("GET", f"/api/runs/{run_id}")[1]
        assert our_viewer("GET", f"/api/runs/{run_id}")[1].items() >= detail.items()
    assert their_viewer("GET", "/api/projects") == (200, {"projects": ["ours", "theirs"]})


def test_deletions_and_restorations_are_seen_by_both(root, theirs, our_run, their_viewer, our_viewer):
    theirs(TWO_RUNS)
    assert recycle.soft_delete_runs(root, [RUN, our_run], "tidy") == {RUN: None, our_run: None}
    assert ids(their_viewer) == ids(our_viewer) == [OTHER]
    theirs_bin = their_viewer("GET", "/api/recycle-bin")[1]["deleted_runs"]
    assert theirs_bin == our_viewer("GET", "/api/recycle-bin")[1]["deleted_runs"]
    assert {run["delete_reason"] for run in theirs_bin} == {"tidy"}

    their_viewer("POST", "/api/recycle-bin/restore", {"run_ids": [our_run]})
    their_viewer("POST", "/api/runs/soft-delete", {"run_ids": [OTHER]})
    assert ids(their_viewer) == ids(our_viewer) == [our_run]

    answer = our_viewer("POST", "/api/recycle-bin/empty", {"confirm": True})[1]
    assert answer["permanently_deleted"] == 2
    assert their_viewer("GET", "/api/recycle-bin") == (200, {"deleted_runs": []})
    assert ids(their_viewer) == [our_run]


def test_a_run_of_theirs_goes_on_while_ours_reads_it(theirs, our_viewer):
    theirs(TWO_RUNS)
    assert our_viewer("GET", f"/api/runs/{RUN}/metrics_step")[1]["total"] == 5
    theirs("run = start('20250601_120000_a1b2c3')\nrun.log({'loss': 9.0}, step=6)\nrun.finish()\n")
    rows = our_viewer("GET", f"/api/runs/{RUN}/metrics_step")[1]["rows"]
    assert (rows[-1]["global_step"], rows[-1]["loss"]) == (6, 9.0)
