"""The pages about the API hold for the application."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runicorn.viewer import access
from runicorn.viewer.rates import SHIPPED

PAGE = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text(encoding="utf-8")


def described(app):
    return app.test_client().get("/openapi.json").json


def calls(app):
    """Every call below /api/ as "METHOD /path" with variables in braces."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/") and not rule.websocket:
            path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield f"{method} {path}"


def test_the_page_lists_every_call_and_no_other(app):
    tables = PAGE.partition("\n## Calls\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([A-Z]+ /api/[^`]*)` \|", tables, re.MULTILINE)

    assert sorted(listed) == sorted(calls(app))


def test_the_schema_lists_every_call_and_no_other(app):
    paths = described(app)["paths"]
    listed = [f"{name.upper()} {path}" for path, calls in paths.items() for name in calls if name != "parameters"]

    assert sorted(listed) == sorted(calls(app))


def test_the_sockets_are_described(app):
    sockets = {rule.rule for rule in app.url_map.iter_rules() if rule.websocket}

    assert sockets == {"/api/runs/<run_id>/logs/ws", "/api/live"}
    assert "WS /api/runs/{run_id}/logs/ws" in PAGE and "WS /api/live" in PAGE


def test_every_call_says_what_it_does_and_what_it_answers(app):
    for path, calls in described(app)["paths"].items():
        for name, call in calls.items():
            if name != "parameters":
                assert call["summary"].endswith("."), path
                assert {"200", "default"} <= set(call["responses"]), path


def test_the_shipped_limits_are_on_the_page():
    for path, rate in SHIPPED.items():
        assert re.search(rf"`[^`]*{path}[^`]*` \| {rate.max_requests} \|", PAGE)


def test_what_other_origins_may_read_names_real_blueprints(app):
    assert set(app.blueprints) >= access.SHARED


def test_the_page_of_the_api_asks_no_other_host(client):
    page = client.get("/docs")

    links = re.findall(r'(?:src|href|data-schema)="([^"]*)"', page.text)
    assert len(links) >= 5
    for link in links:
        with client.get(link) as answer:
            assert (link, answer.status_code) == (link, 200)
    assert "<script>" not in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["index.html", "..%2f__init__.py", "swagger-ui.js", "x"])
def test_nothing_else_of_the_package_is_served(client, name):
    assert client.get(f"/docs/{name}").status_code == 404
