"""Column widths and dismissed alerts."""

from __future__ import annotations

import json
import stat

import pytest

WIDTHS = "/api/config/column-widths"


def widths(client, size="1x1"):
    return client.get(WIDTHS, query_string={"table": "t", "size": size}).json["widths"]


def save(client, size, value):
    return client.post(WIDTHS, json={"table": "t", "size": size, "widths": value, "window_width": 1})


def test_widths_are_kept_by_table_and_size_and_forgotten(client):
    assert save(client, "1x1", {"a": 10}).json == {"ok": True, "message": "Column width preferences saved"}
    save(client, "2x2", {"b": 20})
    assert (widths(client), widths(client, "2x2")) == ({"a": 10}, {"b": 20})

    answer = client.delete(f"{WIDTHS}?table=t&size=1x1")
    assert answer.json == {"ok": True, "message": "Column width preferences reset"}
    assert (widths(client), widths(client, "2x2")) == ({}, {"b": 20})

    client.post(f"{WIDTHS}/reset?table=t")
    assert widths(client, "2x2") == {}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"table": "t"}, {"size", "widths"}),
        ({"table": "t", "size": "1x1", "widths": {"a": "wide"}}, {"widths"}),
        ({"table": "t", "size": "1x1", "widths": {"a": 1.5}}, {"widths"}),
        ({"table": "t", "size": "1x1", "widths": [1]}, {"widths"}),
    ],
    ids=["missing", "text", "fraction", "list"],
)
def test_widths_that_cannot_be_are_refused_by_name(client, body, fields):
    answer = client.post(WIDTHS, json=body)

    assert answer.status_code == 422
    assert {problem["loc"][1] for problem in answer.json["detail"]} == fields


@pytest.mark.parametrize("call", ["get", "delete"])
def test_a_table_must_be_named(client, call):
    assert getattr(client, call)(WIDTHS).json["detail"][0]["loc"] == ["query", "table"]


def test_alerts_are_dismissed_once_restored_and_cleared(client):
    base = "/api/config/dismissed-alerts"
    for _ in range(2):
        assert client.post(f"{base}/dismiss", json={"alert_id": "x"}).json["message"] == "Alert 'x' dismissed"
    client.post(f"{base}/dismiss", json={"alert_id": "y"})
    assert client.get(base).json == {"dismissed_alerts": ["x", "y"]}

    restored = client.post(f"{base}/undismiss", json={"alert_id": "x"}).json
    assert restored == {"ok": True, "message": "Alert 'x' restored"}
    assert client.get(base).json == {"dismissed_alerts": ["y"]}

    assert client.post(f"{base}/clear").json == {"ok": True, "message": "All dismissed alerts cleared"}
    assert client.get(base).json == {"dismissed_alerts": []}


@pytest.mark.parametrize("content", ["", "[]", '{"column_widths": 7, "dismissed_alerts": {"a": 1}}', "{"])
def test_a_damaged_file_counts_as_empty_and_unknown_keys_stay(client, own_folders, content):
    path = own_folders / "config" / "ui_preferences.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    assert client.get("/api/config/dismissed-alerts").json == {"dismissed_alerts": []}
    assert widths(client) == {}

    path.write_text('{"theme": "dark"}')
    save(client, "1x1", {"a": 1})

    document = json.loads(path.read_text())
    assert document["theme"] == "dark"
    assert document["column_widths"]["t@1x1"]["widths"] == {"a": 1}
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
