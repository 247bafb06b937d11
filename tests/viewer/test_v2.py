"""Experiments: filters, order, pages, detail, fast metrics, batch deletion, labels, search, permanent deletion."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runicorn.viewer.experiments import order

IDS = [f"20250601_12000{i}_a1b2c{i}" for i in range(5)]


@pytest.fixture
def five(make_run):
    """Five runs: rising creation times, values 0.1 to 0.4 and one without, tags and notes on some."""
    folders = []
    for index, run_id in enumerate(IDS):
        value = {} if index == 4 else {"best_metric_name": "acc", "best_metric_value": (index + 1) / 10}
        folders.append(
            make_run(
                run_id,
                project="vision" if index < 3 else "nlp",
                name="base" if index % 2 else "wide",
                status="failed" if index == 2 else "finished",
                meta={"created_at": 1000.0 + index},
                summary=value,
            )
        )
    (folders[0] / "labels.json").write_text(json.dumps({"tags": ["a", "b"], "notes": "Best of May"}))
    (folders[1] / "labels.json").write_text(json.dumps({"tags": ["a"], "archived": True}))
    return folders


def ids(client, path="/api/v2/experiments", **query):
    return [IDS.index(run["id"]) for run in client.get(path, query_string=query).json["experiments"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"order_desc": "false"}, [0, 1, 2, 3, 4]),
        ({"project": "nlp"}, [4, 3]),
        ({"project": "vision", "name": "base"}, [1]),
        ({"status": "failed"}, [2]),
        ({"status": "failed,finished", "project": "vision"}, [2, 1, 0]),
        ({"tags": "a"}, [1, 0]),
        ({"tags": "a,b"}, [0]),
        ({"search": "NLP"}, [4, 3]),
        ({"search": "of may"}, [0]),
        ({"search": "120003"}, [3]),
        ({"created_after": 1001, "created_before": 1003}, [3, 2, 1]),
        ({"best_metric_min": 0.2, "best_metric_max": 0.3}, [2, 1]),
        ({"order_by": "best_metric_value"}, [3, 2, 1, 0, 4]),
        ({"order_by": "best_metric_value", "order_desc": "false"}, [0, 1, 2, 3, 4]),
        ({"order_by": "status", "order_desc": "false", "per_page": 1}, [2]),
        ({"per_page": 2, "page": 2}, [2, 1]),
        ({"page": 9}, []),
    ],
    ids=str,
)
def test_every_filter_order_and_page_holds(client, five, query, expected):
    assert ids(client, **query) == expected


@given(
    st.lists(st.one_of(st.none(), st.integers(-3, 3), st.floats(allow_nan=False)), max_size=30),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 40)),
)
def test_a_page_is_cut_from_the_whole_order(values, descending, limit):
    runs = [SimpleNamespace(best_metric_value=value) for value in values]
    known = [run for run in runs if run.best_metric_value is not None]
    known.sort(key=lambda run: run.best_metric_value, reverse=descending)
    whole = known + [run for run in runs if run.best_metric_value is None]

    found = order(runs, "best_metric_value", descending=descending, limit=limit)

    assert list(map(id, found)) == list(map(id, whole[:limit]))


def test_a_page_says_where_it_stands_and_the_total_counts_after_the_filters(client, five):
    page = client.get("/api/v2/experiments?project=vision&per_page=2&page=2").json

    assert (page["total"], page["page"], page["per_page"]) == (3, 2, 2)
    assert (page["has_next"], page["has_prev"]) == (False, True)
    assert page["query_time_ms"] >= 0


def test_deleted_runs_are_listed_only_when_asked_for(client, five):
    (five[0] / ".deleted").write_text('{"deleted_at": 5.0}')

    assert 0 not in ids(client)
    page = client.get("/api/v2/experiments?include_deleted=true").json
    assert [run["deleted_at"] for run in page["experiments"]] == [None, None, None, None, 5.0]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=0", 422),
        ("per_page=0", 422),
        ("per_page=1001", 422),
        ("page=x", 422),
        ("created_after=x", 422),
        ("include_deleted=maybe", 422),
        ("order_by=pid", 400),
        ("order_by=created_at;DROP", 400),
    ],
)
def test_what_is_out_of_bounds_is_refused(client, query, status):
    assert client.get(f"/api/v2/experiments?{query}").status_code == status


def test_v2_sees_a_run_at_once(client, make_run):
    assert client.get("/api/v2/experiments").json["total"] == 0
    make_run(IDS[0])
    assert client.get(f"/api/v2/experiments/{IDS[0]}").json["experiment"]["id"] == IDS[0]


def test_the_detail_says_what_was_logged(client, make_run, metrics):
    folder = make_run(IDS[0], events=[metrics(step, loss=1.0, acc=0.5) for step in range(1, 6)])
    (folder / "environment.json").write_text('{"python_version": "3.11"}')

    detail = client.get(f"/api/v2/experiments/{IDS[0]}").json

    assert detail["metrics_summary"] == {
        "total_data_points": 5,
        "available_metrics": ["acc", "loss"],
        "step_range": {"min": 1, "max": 5},
    }
    assert (detail["environment_available"], detail["file_count"]) == (True, 4)


def test_a_run_without_metrics_has_no_step_range(client, make_run):
    make_run(IDS[0])

    summary = client.get(f"/api/v2/experiments/{IDS[0]}").json["metrics_summary"]

    assert summary == {"total_data_points": 0, "available_metrics": [], "step_range": None}


@pytest.mark.parametrize("path", ["", "/metrics/fast"])
def test_an_unknown_experiment_is_named(client, path):
    answer = client.get(f"/api/v2/experiments/no-such{path}")

    assert (answer.status_code, answer.json) == (404, {"detail": "Experiment no-such not found"})


def test_fast_metrics_keep_chosen_columns_and_steps(client, make_run, metrics):
    make_run(IDS[0], events=[metrics(step, loss=1 / step, acc=0.5) for step in range(1, 101)])

    query = "metric_names=loss&step_range=10:19&downsample=5"
    answer = client.get(f"/api/v2/experiments/{IDS[0]}/metrics/fast?{query}").json

    assert answer["columns"] == ["global_step", "loss"]
    assert len(answer["rows"]) == 5
    assert (answer["rows"][0]["global_step"], answer["rows"][-1]["global_step"]) == (10, 19)
    assert answer["total_points"] == 10
    assert answer["applied_filters"] == {"metrics": ["loss"], "step_range": [10, 19], "downsampled": True}


def test_fast_metrics_without_a_query_are_the_whole_table(client, make_run, metrics):
    make_run(IDS[0], events=[metrics(step, loss=float("nan")) for step in range(1, 4)])

    answer = client.get(f"/api/v2/experiments/{IDS[0]}/metrics/fast").json

    assert [row["loss"] for row in answer["rows"]] == [None] * 3
    assert answer["applied_filters"] == {"metrics": None, "step_range": None, "downsampled": False}


@pytest.mark.parametrize("text", ["5", "a:b", "1:2:3", "1.5:2", ":", "5:"])
def test_a_step_range_of_another_form_is_refused(client, make_run, text):
    make_run(IDS[0])

    answer = client.get(f"/api/v2/experiments/{IDS[0]}/metrics/fast", query_string={"step_range": text})

    assert (answer.status_code, answer.json) == (400, {"detail": "Invalid step_range format, use 'min:max'"})


def test_a_batch_goes_to_the_recycle_bin_and_says_what_became_of_each(client, five, make_run):
    custom = make_run("my_custom_run")

    answer = client.post(
        "/api/v2/experiments/batch-delete",
        json={"exp_ids": [IDS[0], "no-such", "my_custom_run", IDS[0]], "reason": "tidy"},
    )

    assert answer.json == {
        "deleted": 2,
        "failed": 1,
        "deleted_count": 2,
        "results": {IDS[0]: True, "no-such": False, "my_custom_run": True},
        "message": "Soft deleted 2 of 3 runs",
    }
    assert json.loads((custom / ".deleted").read_text())["reason"] == "tidy"
    assert client.get(f"/api/runs/{IDS[0]}").status_code == 404


@pytest.mark.parametrize(
    ("exp_ids", "detail"),
    [
        (None, "exp_ids is required"),
        ([], "exp_ids is required"),
        ("x", "exp_ids is required"),
        (["x"] * 1001, "Cannot delete more than 1000 experiments at once"),
    ],
    ids=["none", "empty", "text", "too many"],
)
def test_a_batch_that_cannot_be_is_refused_in_the_documented_words(client, exp_ids, detail):
    answer = client.post("/api/v2/experiments/batch-delete", json={"exp_ids": exp_ids})

    assert (answer.status_code, answer.json) == (400, {"detail": detail})


@pytest.mark.parametrize(
    "bad",
    ["../x", "/abs", "a/b", "a\0b", "x" * 300, "CON", "nul.txt", "x.", "x ", "", ".", "..", "C:\\x", "f::$D", 7, None],
    ids=str,
)
def test_one_bad_id_refuses_the_batch_and_changes_nothing(client, five, bad):
    """Cases 42 to 44."""
    calls = [
        ("POST", "/api/v2/experiments/batch-delete", "exp_ids"),
        ("DELETE", "/api/experiments/delete", "run_ids"),
    ]
    for method, path, field in calls:
        answer = client.open(path, method=method, json={field: [IDS[0], bad]})
        assert answer.status_code == 400
        assert field in answer.json["detail"]
    assert client.get("/api/v2/experiments").json["total"] == 5


def test_the_clients_list_has_a_window(client, five):
    answer = client.get("/api/experiments?project=vision&limit=1&offset=1").json

    assert answer["total"] == 3
    assert [run["id"] for run in answer["experiments"]] == [IDS[1]]
    assert ids(client, "/api/experiments") == [4, 3, 2, 1, 0]


def test_tags_are_added_or_replaced(client, five):
    for body, expected in (({"tags": ["c", "a"]}, ["a", "b", "c"]), ({"tags": ["z"], "append": False}, ["z"])):
        assert client.post("/api/experiments/tag", json={"run_id": IDS[0], **body}).json == {"success": True}
        assert client.get(f"/api/runs/{IDS[0]}").json["tags"] == expected


@pytest.mark.parametrize(
    ("body", "status"), [({"tags": ["a"]}, 400), ({"run_id": "no-such"}, 404), ({"run_id": IDS[0], "tags": "a"}, 422)]
)
def test_a_tag_without_a_run_is_refused(client, five, body, status):
    assert client.post("/api/experiments/tag", json=body).status_code == status


def test_labels_change_one_by_one_and_at_once(client, five):
    answer = client.patch(f"/api/runs/{IDS[3]}/labels", json={"notes": "# Hm", "pinned": True})

    assert answer.json == {
        "run_id": IDS[3],
        "tags": [],
        "notes": "# Hm",
        "group": None,
        "job_type": None,
        "archived": False,
        "pinned": True,
    }
    client.patch(f"/api/runs/{IDS[3]}/labels", json={"notes": None})
    run = client.get(f"/api/runs/{IDS[3]}").json
    assert (run["notes"], run["pinned"]) == (None, True)


@pytest.mark.parametrize(
    ("body", "status"), [({"tags": [1]}, 422), ({"pinned": "yes"}, 422), ({"tags": [""]}, 400), ({"unknown": 1}, 200)]
)
def test_labels_of_the_wrong_kind_are_refused(client, five, body, status):
    assert client.patch(f"/api/runs/{IDS[0]}/labels", json=body).status_code == status


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {0, 2, 3, 4}),
        ({"archived": "true"}, {1}),
        ({"tags": "a,b"}, {0}),
        ({"text": "may"}, {0}),
        ({"project": "nlp"}, {3, 4}),
        ({"text": "no such text"}, set()),
    ],
    ids=str,
)
def test_search_finds_by_project_tags_and_text(client, five, query, expected):
    assert set(ids(client, "/api/experiments/search", **query)) == expected


def test_permanent_deletion_spares_pinned_runs_unless_forced(client, five):
    (five[0] / "labels.json").write_text('{"pinned": true}')
    body = {"run_ids": [IDS[0], IDS[1], "no-such"]}

    answer = client.delete("/api/experiments/delete", json=body).json

    assert answer["results"] == {IDS[0]: False, IDS[1]: True, "no-such": False}
    assert answer["errors"] == {IDS[0]: "pinned: use force", "no-such": "run not found"}
    assert answer["freed_bytes"] > 0
    assert five[0].exists() and not five[1].exists()
    forced = client.delete("/api/experiments/delete", json={**body, "force": True}).json
    assert forced["results"][IDS[0]] is True
    assert not five[0].exists()


def test_permanent_deletion_of_a_link_leaves_its_target_alone(client, make_run, tmp_path, root):
    """Case 44."""
    target = tmp_path / "outside"
    target.mkdir()
    (target / "keep").write_text("x")
    make_run(IDS[0])
    (root / "vision" / "base" / "runs" / IDS[1]).symlink_to(target)

    answer = client.delete("/api/experiments/delete", json={"run_ids": [IDS[1]], "force": True})

    assert answer.json["results"] == {IDS[1]: False}
    assert (target / "keep").read_text() == "x"
