"""Figures over all runs."""

from __future__ import annotations

import socket
import time

import pytest

IDS = [f"20250601_12000{i}_a1b2c{i}" for i in range(4)]


@pytest.fixture
def four(make_run):
    """Two finished runs of today, one failed, one in the bin of long ago."""
    now = time.time()
    for run_id, value, status in ((IDS[0], 0.5, "finished"), (IDS[1], 0.7, "finished"), (IDS[2], None, "failed")):
        times = {"status": status, "started_at": now - 10, "ended_at": now}
        make_run(run_id, meta={"created_at": now}, status=times, summary={} if value is None else {"acc": value})
    return make_run(IDS[3], project="old", meta={"created_at": 1000.0}, summary={"acc": 0.1})


@pytest.mark.parametrize("path", ["overview", "summary"])
def test_the_overview_counts_what_is_there(client, four, path):
    (four / ".deleted").write_text("{}")

    answer = client.get(f"/api/v2/analytics/{path}").json

    overview = answer["overview"]
    assert (overview["total_experiments"], overview["active_experiments"], overview["running_experiments"]) == (4, 3, 0)
    assert overview["success_rate"] == pytest.approx(66.67)
    assert overview["avg_experiment_duration"] == pytest.approx(10, abs=0.01)
    assert answer["storage_info"]["statistics"]["storage_size_bytes"] > 0
    assert answer["storage_info"]["statistics"]["deleted_experiments"] == 1


def test_an_empty_root_has_figures_too(client):
    overview = client.get("/api/v2/analytics/overview").json["overview"]

    assert (overview["total_experiments"], overview["success_rate"], overview["avg_experiment_duration"]) == (0, 0, 0)
    assert client.get("/api/v2/analytics/projects").json["projects"] == []


def test_projects_count_the_period_only(client, four):
    def names(days):
        projects = client.get(f"/api/v2/analytics/projects?days={days}").json["projects"]
        return [(entry["project"], entry["total_experiments"]) for entry in projects]

    assert names(30) == [("vision", 3)]
    assert names(36_500) == [("vision", 3), ("old", 1)]


def test_the_course_of_a_metric_is_told_by_day(client, four):
    answer = client.get("/api/v2/analytics/performance-trends?metric_name=acc").json

    [day] = answer["trend_data"]
    assert (day["count"], day["min"], day["max"]) == (2, 0.5, 0.7)
    assert answer["statistics"]["mean_value"] == pytest.approx(0.6)
    assert answer["statistics"]["total_experiments"] == 2
    assert client.get("/api/v2/analytics/performance-trends?metric_name=none").json["statistics"]["max_value"] == 0


@pytest.mark.parametrize("query", ["", "?metric_name=a&days=0", "?metric_name=a&days=x"])
def test_a_trend_needs_a_metric_and_days(client, query):
    assert client.get(f"/api/v2/analytics/performance-trends{query}").status_code == 422


def test_what_needs_attention_is_said(client, make_run):
    assert client.get("/api/v2/analytics/health").json["health_status"] == "excellent"

    (make_run(IDS[0]) / "summary.json").write_text("{")
    make_run(IDS[1], status="running", meta={"hostname": socket.gethostname(), "pid": 2**30})

    assert client.get(f"/api/runs/{IDS[1]}").json["liveness"] == "dead"

    health = client.get("/api/v2/analytics/health").json
    assert len(health["issues"]) >= 2
    assert health["health_score"] <= 70
