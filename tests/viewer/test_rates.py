"""The table of rate limits and its file."""

from __future__ import annotations

import json

import pytest

from runicorn.errors import ConfigError
from runicorn.viewer.rates import Rate, Rates, load_rates, parse_rates, rates_file


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/runs", 60),
        ("/api/v2/experiments", 100),
        ("/api/v2/experiments/batch-delete", 10),
        ("/api/remote/connect", 5),
        ("/api/remote/sessions", 60),
    ],
)
def test_the_shipped_limits_are_the_documented_ones(path, most):
    assert Rates().of(path).max_requests == most


def test_without_a_file_the_shipped_limits_count():
    assert load_rates() == Rates()


def test_a_published_file_is_read():
    document = {
        "_comment": "as the published package writes it",
        "default": {"max_requests": 6000, "window_seconds": 60, "burst_size": None, "description": "all"},
        "endpoints": {
            "/api/remote/connect": {"max_requests": 10, "window_seconds": 60, "burst_size": 2, "description": "x"},
            "/api/remote": {"max_requests": 20, "window_seconds": 30},
        },
        "settings": {
            "enable_rate_limiting": False,
            "log_violations": False,
            "whitelist_localhost": True,
            "custom_headers": {"rate_limit_header": "X-Limit"},
        },
    }
    rates_file().parent.mkdir(parents=True)
    rates_file().write_text(json.dumps(document))

    rates = load_rates()

    assert rates.default == Rate(6000)
    assert rates.of("/api/remote/connect") == Rate(10, 60, 2)
    assert rates.of("/api/remote/status") == Rate(20, 30)
    assert rates.of("/api/v2/experiments") == Rate(6000)
    assert (rates.enabled, rates.log_violations, rates.whitelist_localhost) == (False, False, True)
    assert (rates.limit_header, rates.reset_header) == ("X-Limit", "X-RateLimit-Reset")


def test_the_first_prefix_in_the_file_wins_unless_a_path_is_exact():
    rates = parse_rates({"endpoints": {"/api/a": {"max_requests": 1}, "/api/a/b": {"max_requests": 2}}})

    assert rates.of("/api/a/b").max_requests == 2
    assert rates.of("/api/a/b/c").max_requests == 1


def test_a_burst_below_the_limit_is_a_limit_per_second():
    assert Rate(60, 60, 5).texts() == "60 per 60 second; 5 per 1 second"
    assert Rate(5, 60, 60).texts() == "5 per 60 second"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"default": {"max_requests": 0}}, id="zero"),
        pytest.param({"default": {"max_requests": "60"}}, id="text"),
        pytest.param({"default": {"window_seconds": True}}, id="boolean"),
        pytest.param({"default": 60}, id="no object"),
        pytest.param({"endpoints": {"/api/x": []}, "default": {"burst_size": -1}}, id="negative"),
        pytest.param({"settings": {"enable_rate_limiting": "no"}}, id="flag as text"),
        pytest.param({"settings": {"custom_headers": {"rate_limit_header": "a b\r\n"}}}, id="no header"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_with_the_files_name(document):
    rates_file().parent.mkdir(parents=True)
    rates_file().write_text(json.dumps(document))

    with pytest.raises(ConfigError, match=r"rate_limits\.json"):
        load_rates()
