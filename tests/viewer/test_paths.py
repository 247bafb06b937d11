"""Ids and paths from outside on every route they fit. Cases 38 to 41."""

from __future__ import annotations

from urllib.parse import quote

import pytest

RUN = "20250601_120000_a1b2c3"
BAD = [
    "..",
    "../x",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/",
    "%252e%252e%252f",
    "..\\..\\x",
    "/etc/passwd",
    "//etc/passwd",
    "//proc/self/environ",
    "a;/../../x",
    "a%23/../../x",
    "\\\\127.0.0.1\\s\\x",
    "C:\\x",
    "file::$DATA",
    ".",
    " ",
    "a\0b",
    "CON",
    "x" * 5_000,
    "\u202eabc",
]


def addresses(app, value):
    """Every GET address with `value` in place of one of its variables, as a client may write it."""
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.websocket or not rule.arguments:
            continue
        for argument in rule.arguments:
            values = {name: value if name == argument else "1" for name in rule.arguments}
            path = rule.rule
            for name, text in values.items():
                path = replace_variable(path, name, text)
            yield path


def replace_variable(path, name, text):
    parts = path.split("/")
    return "/".join(text if part.strip("<>v").rpartition(":")[2] == name and "<" in part else part for part in parts)


@pytest.mark.parametrize("raw", [False, True], ids=["quoted", "raw"])
@pytest.mark.parametrize("bad", BAD, ids=lambda value: repr(value)[:30])
def test_no_address_leads_out_of_the_root(make_run, make_app, root, bad, raw):
    """The files beside the root hold a word that must never come back, and no call may fail."""
    make_run(RUN)
    for place in (root.parent / "x", root.parent / f"{root.name}-secret"):
        place.mkdir()
        (place / "logs.txt").write_text("canary-7f3a")
    app = make_app()
    client = app.test_client()
    for path in addresses(app, bad if raw else quote(bad, safe="")):
        answer = client.get(path.replace("\0", "%00"))
        assert (answer.status_code < 500, path) == (True, path)
        assert b"canary-7f3a" not in answer.data
        assert b"root:x:0" not in answer.data
        if path.startswith("/api/") and answer.status_code >= 400:
            assert next(iter(answer.json)) == "detail"


def test_a_run_that_is_a_link_is_not_there(make_run, client, tmp_path, root):
    """Case 41."""
    make_run(RUN)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "meta.json").write_text('{"project": "secret"}')
    (root / "vision" / "base" / "runs" / "linked").symlink_to(outside)

    assert [run["id"] for run in client.get("/api/runs").json] == [RUN]
    assert client.get("/api/runs/linked").status_code == 404


@pytest.mark.parametrize("name", ["events.jsonl", "environment.json", "summary.json", "logs.txt", "config.json"])
def test_a_file_that_is_a_link_is_not_followed(make_run, client, tmp_path, name):
    """Case 41."""
    secret = tmp_path / "secret"
    secret.write_text('{"canary": 73}\n{"ts": 1, "type": "metrics", "data": {"global_step": 1, "canary": 73}}\n')
    folder = make_run(RUN)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(secret)

    for path in (f"/api/runs/{RUN}", f"/api/runs/{RUN}/metrics_step", f"/api/environment/{RUN}", f"/api/metrics/{RUN}"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "canary" not in answer.text


def test_a_sibling_with_the_same_beginning_is_outside(make_run, client, root):
    """Case 40."""
    make_run(RUN)
    sibling = root.parent / f"{root.name}-secret" / "p" / "n" / "runs" / "other"
    sibling.mkdir(parents=True)

    assert client.get("/api/runs/other").status_code == 404
    assert client.get(f"/runs/{RUN}/media/..%2f..%2f..%2f..%2f..%2f{root.name}-secret").status_code == 404
