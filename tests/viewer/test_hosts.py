"""Host and Origin headers taken apart."""

from __future__ import annotations

import pytest

from runicorn.viewer.hosts import Authority, is_loopback, parse_authority, same_origin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("localhost", Authority("localhost", None)),
        ("LocalHost:23300", Authority("localhost", 23300)),
        ("127.0.0.1:80", Authority("127.0.0.1", 80)),
        ("[::1]", Authority("::1", None)),
        ("[::1]:23300", Authority("::1", 23300)),
    ],
)
def test_a_host_header_gives_host_and_port(text, expected):
    assert parse_authority(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "a b", "localhost:", "localhost:x", "localhost:99999", "a,b", "user@localhost", "[::1", "::1", "a/b"],
)
def test_what_is_no_host_header_gives_none(text):
    assert parse_authority(text) is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_loopback_names_are_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.evil.example", "localhost.evil.example", "127.1", "10.0.0.1", "::", "0.0.0.0"]
)
def test_names_that_look_like_loopback_are_not(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:23300", "localhost:23300"),
        ("http://LOCALHOST:23300", "localhost:23300"),
        ("http://[::1]:23300", "[::1]:23300"),
        ("https://exp.example", "exp.example"),
        ("http://exp.example", "exp.example:80"),
    ],
)
def test_the_own_origin_is_recognised(origin, host):
    assert same_origin(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://localhost:9999",
        "http://127.0.0.1:23300",
        "http://localhost:23300.evil.example",
        "http://localhost:23300@evil.example",
        "http://localhost:23300/x",
        "file://localhost:23300",
        "https://evil.example",
    ],
)
def test_every_other_origin_is_foreign(origin):
    assert not same_origin(origin, "localhost:23300")
