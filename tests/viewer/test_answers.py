"""JSON out, and the one shape of errors."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from runicorn.viewer import answers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"a": math.nan, "b": [math.inf, -math.inf, 1.5]}, {"a": None, "b": [None, None, 1.5]}, id="NaN"),
        pytest.param({"a": 2**200, "b": math.nan}, {"a": 2**200, "b": None}, id="beyond 64 bits"),
        pytest.param({"a": "\ud800"}, {"a": "\ud800"}, id="half a surrogate"),
        pytest.param(np.array([1.0, math.nan]), [1.0, None], id="array"),
        pytest.param({"a": (1, 2)}, {"a": [1, 2]}, id="tuple"),
        pytest.param({1: 2**70}, {"1": 2**70}, id="key that is no text"),
    ],
)
def test_whatever_comes_out_is_json_that_every_parser_takes(value, expected):
    def refuse(token):
        raise AssertionError(token)

    assert json.loads(answers.dump(value), parse_constant=refuse) == expected


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/api/nothing", 404, "Not Found"),
        ("GET", "/api", 404, "Not Found"),
        ("GET", "/api/runs/", 404, "Not Found"),
        ("POST", "/api/nothing", 404, "Not Found"),
        ("POST", "/api/runs", 405, "Method Not Allowed"),
        ("DELETE", "/api/runs/x", 405, "Method Not Allowed"),
        ("GET", "/api/runs/no-such", 404, "Run not found"),
        ("GET", "/api/runs/no-such/metrics_step", 404, "Run not found"),
    ],
)
def test_an_error_is_one_object_with_a_sentence(client, method, path, status, detail):
    answer = client.open(path, method=method)

    assert (answer.status_code, answer.json) == (status, {"detail": detail})


def test_another_method_names_those_allowed(client):
    assert "GET" in client.post("/api/runs").headers["Allow"]


@pytest.mark.parametrize("value", ["99", "50001", "abc", "0", "-1", "", "1e3", "100.5", "١٠٠x"])
def test_a_schema_error_is_a_list_that_names_the_field(client, value):
    answer = client.get("/api/runs/no-such/metrics_step", query_string={"downsample": value})

    assert answer.status_code == 422
    [problem] = answer.json["detail"]
    assert problem["loc"] == ["query", "downsample"]
    assert problem["msg"] and problem["type"]


def test_a_missing_body_is_a_schema_error_and_a_missing_value_is_named(client):
    assert client.post("/api/experiments/tag", json=None).status_code == 422

    answer = client.post("/api/experiments/tag", json={"run_id": "x", "tags": 7})

    assert answer.json["detail"][0]["loc"] == ["body", "tags"]


def test_an_unexpected_fault_leaks_nothing(app, caplog):
    secret = "/home/somebody/secret"

    @app.get("/api/fault")
    def fault():
        raise RuntimeError(secret)

    answer = app.test_client().get("/api/fault")

    assert (answer.status_code, answer.json) == (500, {"detail": "Internal Server Error"})
    assert secret in caplog.text


def test_an_error_outside_the_api_is_a_page(client):
    answer = client.get("/nothing")

    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.mark.parametrize(
    "path",
    [
        "/api/runs/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/api/projects/%3Cscript%3E/names",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_text_from_the_address_is_never_markup(client, path):
    answer = client.get(path)

    assert answer.mimetype == "application/json" or b"<script>alert" not in answer.data
