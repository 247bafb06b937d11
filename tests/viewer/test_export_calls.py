"""Environment, export, series, points, SQL and the load of the machine."""

from __future__ import annotations

import base64
import json

import pytest

RUN = "20250601_120000_a1b2c3"


@pytest.fixture
def run(make_run, metrics):
    events = [metrics(step, loss=1 / step, acc=float("nan"), phase="warm") for step in range(1, 101)]
    return make_run(RUN, events=events, logs="hello\n")


def test_the_environment_is_shown_absent_or_empty(client, run):
    assert client.get(f"/api/environment/{RUN}").json == {"available": False}

    (run / "environment.json").write_text('{"python_version": "3.11.7"}')
    assert client.get(f"/api/environment/{RUN}").json == {
        "available": True,
        "environment": {"python_version": "3.11.7"},
    }

    (run / "environment.json").write_text("{")
    assert client.get(f"/api/environment/{RUN}").json == {"available": True, "environment": {}}


@pytest.mark.parametrize("path", ["/api/environment/no-such", "/api/export/no-such/csv", "/api/export/no-such/report"])
def test_an_unknown_run_is_named(client, path):
    assert client.get(path).json == {"detail": "Run no-such not found"}


def test_the_csv_is_an_attachment_of_one_line_for_each_event(client, run):
    answer = client.get(f"/api/export/{RUN}/csv")

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{RUN}_metrics.csv"'
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert lines[0] == "global_step,time,acc,loss,phase"
    assert len(lines) == 101
    assert lines[1].split(",")[2] == "nan"


def test_a_run_without_metrics_has_no_csv(client, make_run):
    make_run(RUN)

    answer = client.get(f"/api/export/{RUN}/csv")

    assert (answer.status_code, answer.json) == (404, {"detail": "No metrics to export"})


@pytest.mark.parametrize(("format", "kind"), [("markdown", "text/markdown"), ("html", "text/html")])
def test_the_report_is_an_attachment(client, run, format, kind):
    answer = client.get(f"/api/export/{RUN}/report?format={format}")

    assert answer.mimetype == kind
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{RUN}_report.{format}"'
    assert "vision" in answer.text


def test_a_report_of_another_format_is_refused(client, run):
    answer = client.get(f"/api/export/{RUN}/report?format=pdf")

    assert (answer.status_code, answer.json) == (400, {"detail": "Format must be markdown or html"})


def test_the_clients_export_is_the_whole_run(client, run):
    (run / "media").mkdir()
    (run / "media" / "a.png").write_bytes(b"png")
    image = {"ts": 1.0, "type": "image", "data": {"key": "a", "path": "media/a.png", "step": 1, "caption": None}}
    with (run / "events.jsonl").open("a") as file:
        file.write(json.dumps(image) + "\n")

    body = {"run_id": RUN, "format": "json", "include_media": True}
    document = json.loads(client.post("/api/export", json=body).data)

    assert document["id"] == RUN
    assert len(document["metrics_by_step"]) == 100
    assert base64.b64decode(document["media"][0]["data"]) == b"png"
    assert "media" not in json.loads(client.post("/api/export", json={**body, "include_media": False}).data)
    assert client.post("/api/export", json={"run_id": RUN, "format": "csv"}).mimetype == "text/csv"
    assert client.post("/api/export", json={"run_id": RUN, "format": "pdf"}).status_code == 422


def test_series_are_columns_with_totals_and_marks(client, run):
    answer = client.get(f"/api/v2/runs/{RUN}/series?names=loss,acc&max_points=10").json

    loss, acc = answer["series"]
    assert (answer["x"], answer["total_steps"], answer["damage"]) == ("step", 100, {"lines": 0, "torn_tail": False})
    assert loss["total"] == 100
    assert (loss["values"][0], loss["values"][-1]) == (1.0, 0.01)
    assert (acc["nonfinite"]["count"], acc["nonfinite"]["first_step"]) == (100, 1)
    assert set(acc["values"]) == {None}


def test_a_zoomed_range_comes_in_full(client, run):
    query = {"start": 40, "stop": 49, "max_points": 100}

    [loss] = client.get(f"/api/v2/runs/{RUN}/series", query_string={"names": "loss", **query}).json["series"]

    assert loss["steps"] == list(range(40, 50))
    assert loss["values"] == [1 / step for step in range(40, 50)]


def test_a_metric_with_a_comma_in_its_name_is_found(client, make_run, metrics):
    make_run(RUN, events=[metrics(1, **{"a,b": 1.0, "a": 2.0, "b": 3.0})])

    def names(*wanted):
        query = [("names", name) for name in wanted]
        return [line["name"] for line in client.get(f"/api/v2/runs/{RUN}/series", query_string=query).json["series"]]

    assert names("a,b") == ["a,b"]
    assert names("b,a") == ["b", "a"]
    assert names("a", "b") == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/v2/runs/{RUN}/series?max_points=7", 422),
        (f"/api/v2/runs/{RUN}/series?start=x", 422),
        (f"/api/v2/runs/{RUN}/series?names=" + ",".join(map(str, range(201))), 400),
        ("/api/v2/runs/no-such/series", 404),
        ("/api/v2/series", 422),
        ("/api/v2/series?runs=" + ",".join(map(str, range(101))), 400),
        ("/api/metrics/no-such", 404),
        (f"/api/metrics/{RUN}?limit=0", 422),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_too_much_or_unknown_is_refused(client, run, path, status):
    assert client.get(path).status_code == status


def test_points_are_the_last_numeric_ones_with_their_time(client, run):
    answer = client.get(f"/api/metrics/{RUN}?metrics=loss,acc,phase&limit=2").json

    assert answer["run_id"] == RUN
    assert answer["metrics"] == {
        "loss": [
            {"step": 99, "value": 1 / 99, "timestamp": 1748779299.0},
            {"step": 100, "value": 0.01, "timestamp": 1748779300.0},
        ],
        "acc": [],
        "phase": [],
    }
    assert len(client.get(f"/api/metrics/{RUN}").json["metrics"]["loss"]) == 100


def test_sql_answers_rows_and_its_limits(client, run):
    body = {"query": "SELECT run_id, status FROM runs WHERE status = ?", "parameters": ["finished"]}

    answer = client.post("/api/sql", json=body).json

    assert (answer["columns"], answer["rows"], answer["row_count"]) == (["run_id", "status"], [[RUN, "finished"]], 1)
    assert (answer["truncated"], answer["max_rows"], answer["timeout_s"]) == (False, 10_000, 10.0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"query": ""}, 422),
        ({"query": "SELECT", "parameters": 7}, 422),
        ({"query": "SELEC 1"}, 400),
        ({"query": "SELECT * FROM read_text('/etc/passwd')"}, 400),
        ({"query": "DROP TABLE runs"}, 400),
    ],
    ids=str,
)
def test_sql_that_may_not_run_is_refused(client, body, status):
    answer = client.post("/api/sql", json=body)

    assert answer.status_code == status
    assert "root:" not in answer.text


def test_the_machine_is_measured_without_waiting(client, root):
    machine = client.get("/api/system/monitor").json

    assert machine["available"] is True
    assert 0 <= machine["cpu"]["percent"] <= 100
    assert len(machine["cpu"]["per_core"]) == machine["cpu"]["logical_count"]
    assert machine["memory"]["total"] >= machine["memory"]["available"]
    assert machine["disk"]["path"] == str(root)
    assert set(machine["platform"]) == {"system", "release", "machine"}
    assert client.get("/api/system/monitor").json["ts"] >= machine["ts"]


def test_a_machine_without_gpus_or_sensors_says_so(client):
    for path in ("/api/gpu/telemetry", "/api/gpu", "/api/system/temperatures"):
        answer = client.get(path).json
        assert answer["available"] or answer["reason"]
    gpu = client.get("/api/gpu").json
    assert [device["name"] for device in gpu["devices"]] == [card["name"] for card in gpu.get("gpus", [])]
