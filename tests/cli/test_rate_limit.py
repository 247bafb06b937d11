from __future__ import annotations

import json

import pytest

from runicorn.viewer.rates import Rate, load_rates, rates_file


def test_the_shipped_limits_are_shown(run_cli):
    answer = json.loads(run_cli("rate-limit", "--json").stdout)

    assert answer["default"]["max_requests"] == 60
    assert answer["endpoints"]["/api/remote/connect"]["max_requests"] == 5
    assert not rates_file().exists()


def test_a_limit_set_is_the_one_the_viewer_reads(run_cli):
    assert (
        run_cli("rate-limit", "--action", "set", "--endpoint", "/api/runs", "--max-requests", 7, "--burst", 2).exit_code
        == 0
    )

    assert load_rates().of("/api/runs") == Rate(7, 60, 2)
    assert load_rates().of("/api/remote/connect") == Rate(5)
    answer = run_cli("rate-limit", "--action", "get", "--endpoint", "/api/runs", "--json").stdout
    assert json.loads(answer) == {"endpoint": "/api/runs", "max_requests": 7, "window_seconds": 60, "burst_size": 2}


def test_a_removed_limit_falls_back_to_the_default(run_cli):
    run_cli("rate-limit", "--action", "set", "--max-requests", 1000)
    run_cli("rate-limit", "--action", "set", "--endpoint", "/api/runs", "--max-requests", 7)

    assert run_cli("rate-limit", "--action", "remove", "--endpoint", "/api/runs").exit_code == 0
    assert load_rates().of("/api/runs") == Rate(1000)
    assert run_cli("rate-limit", "--action", "remove", "--endpoint", "/api/runs").exit_code == 1


def test_settings_are_kept_beside_the_limits(run_cli):
    run_cli("rate-limit", "--action", "set", "--endpoint", "/api/runs", "--max-requests", 7)
    run_cli("rate-limit", "--action", "settings", "--disable", "--whitelist-localhost")

    rates = load_rates()
    assert (rates.enabled, rates.whitelist_localhost, rates.log_violations) == (False, True, True)
    assert rates.of("/api/runs").max_requests == 7


def test_unknown_keys_of_the_file_stay(run_cli):
    rates_file().parent.mkdir(parents=True)
    rates_file().write_text('{"_comment": "mine", "default": {"max_requests": 5}}')

    run_cli("rate-limit", "--action", "set", "--endpoint", "/api/runs", "--max-requests", 7)

    assert json.loads(rates_file().read_text())["_comment"] == "mine"
    assert load_rates().default.max_requests == 5


def test_a_damaged_file_is_named_and_left_alone(run_cli):
    rates_file().parent.mkdir(parents=True)
    rates_file().write_text("{half")

    for action in ("show", "validate", "settings"):
        result = run_cli("rate-limit", "--action", action)
        assert result.exit_code == 2
        assert str(rates_file()) in result.stderr
    assert rates_file().read_text() == "{half"


def test_resetting_asks(run_cli):
    run_cli("rate-limit", "--action", "set", "--max-requests", 7)

    assert run_cli("rate-limit", "--action", "reset", input="n\n").exit_code == 1
    assert rates_file().exists()
    assert run_cli("rate-limit", "--action", "reset", "--yes").exit_code == 0
    assert not rates_file().exists()


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--action", "get"], id="get without an endpoint"),
        pytest.param(["--action", "remove"], id="remove without an endpoint"),
        pytest.param(["--action", "set"], id="set without a number"),
        pytest.param(["--action", "set", "--max-requests", "0"], id="no requests at all"),
        pytest.param(["--action", "set", "--max-requests", "5", "--endpoint", "runs"], id="no path"),
    ],
)
def test_incomplete_wishes_are_usage_errors(run_cli, arguments):
    assert run_cli("rate-limit", *arguments).exit_code == 2
    assert not rates_file().exists()
