"""Rate limits per route and client, and their headers."""

from __future__ import annotations

import pytest

from runicorn.viewer.rates import Rate, Rates

HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.fixture
def limited(make_app):
    """Make a client of a viewer with these limits."""

    def make(rates=None, **settings):
        return make_app(rates=rates or Rates(), **settings).test_client()

    return make


def test_the_shipped_limit_of_a_route_is_sixty_a_minute(limited):
    client = limited()

    answers = [client.get("/api/runs/x/progress") for _ in range(61)]

    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers[:2]] == ["59", "58"]
    refused = answers[-1]
    assert refused.json == {"detail": "Rate limit exceeded", "retry_after": int(refused.headers["Retry-After"])}
    assert 1 <= refused.json["retry_after"] <= 60
    assert [refused.headers[name] for name in HEADERS] == ["60", "0", "60"]


@pytest.mark.parametrize(("path", "most"), [("/api/v2/experiments", "100"), ("/api/runs", "60")])
def test_the_headers_say_the_limit_of_the_route(limited, path, most):
    assert limited().get(path).headers["X-RateLimit-Limit"] == most


@pytest.mark.parametrize("path", ["/api/runs", "/api/runs/no-such", "/api/nothing", "/api/runs/x/metrics?downsample=1"])
def test_every_api_answer_carries_the_headers(limited, path):
    answer = limited().get(path)

    assert all(answer.headers[name].isdigit() for name in HEADERS)


def test_preflights_and_pages_are_not_counted(limited):
    client = limited()

    assert not set(HEADERS) & set(client.options("/api/runs").headers.keys())
    assert not set(HEADERS) & set(client.get("/").headers.keys())
    assert {client.get("/").status_code for _ in range(70)} == {200}


def test_routes_and_clients_are_counted_apart(limited):
    client = limited(Rates(default=Rate(1)))

    assert client.get("/api/runs").status_code == 200
    assert client.get("/api/runs").status_code == 429
    assert client.get("/api/projects").status_code == 200
    other = {"REMOTE_ADDR": "127.0.0.2"}
    assert client.get("/api/runs", environ_base=other).status_code == 200


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(limited):
    direct = limited(Rates(default=Rate(1)))
    behind = limited(Rates(default=Rate(1)), trusted_proxies=1)

    def statuses(client):
        return [client.get("/api/runs", headers={"X-Forwarded-For": f"10.0.0.{i}"}).status_code for i in (1, 2)]

    assert statuses(direct) == [200, 429]
    assert statuses(behind) == [200, 200]
    assert behind.get("/api/runs", headers={"X-Forwarded-For": "6.6.6.6, 10.0.0.1"}).status_code == 429


def test_a_burst_is_refused_for_a_second(limited):
    client = limited(Rates(default=Rate(60, 60, 2)))

    answers = [client.get("/api/runs") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["X-RateLimit-Limit"] == "60"
    assert answers[2].headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    "rates",
    [Rates(default=Rate(1), enabled=False), Rates(default=Rate(1), whitelist_localhost=True)],
    ids=["off", "this machine is exempt"],
)
def test_limits_can_be_lifted_and_the_headers_stay(limited, rates):
    client = limited(rates)

    answers = [client.get("/api/runs") for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert [answers[2].headers[name] for name in HEADERS] == ["1", "1", "60"]


def test_the_headers_can_be_renamed(limited):
    answer = limited(Rates(limit_header="X-Most")).get("/api/runs")

    assert answer.headers["X-Most"] == "60"
    assert "X-RateLimit-Limit" not in answer.headers
