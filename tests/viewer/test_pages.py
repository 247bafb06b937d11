"""Pages and static files as answers: what their headers allow, and what is never handed out."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from runicorn.query.metrics import Metrics
from runicorn.viewer import current
from runicorn.viewer.app import create_app
from runicorn.viewer.rates import Rates

RUN = "20250601_120000_a1b2c3"
LOCAL = {"base_url": "http://127.0.0.1:23300"}


@pytest.fixture
def app(root: Path, make_run: Callable[..., Path]) -> Iterator[Flask]:
    """A viewer over one run that has two files among its media."""
    folder = make_run(RUN, config={"lr": 0.1}, logs="hello\n")
    (folder / "media").mkdir()
    (folder / "media" / "a.png").write_bytes(b"\x89PNG")
    (folder / "media" / "a.svg").write_text("<svg onload='alert(1)'/>")
    (folder / "media" / "link.png").symlink_to("/etc/passwd")
    made = create_app(root, rates=Rates(enabled=False))
    yield made
    current.viewer(made).close()


@pytest.fixture
def browse(app: Flask) -> FlaskClient:
    """A client that asks as a browser on this machine does."""
    return app.test_client()


@pytest.mark.parametrize(
    "path", ["/", f"/runs/{RUN}", f"/compare?run={RUN}", "/artifacts", "/sql", "/recycle-bin", "/nothing-here"]
)
def test_a_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(browse: FlaskClient, path: str):
    answer = browse.get(path, **LOCAL)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'none'", "base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'"):
        assert part in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)[1]
    inline = re.findall(r"<script(?![^>]*\ssrc=)([^>]*)>", answer.text)
    runs = [attributes for attributes in inline if "application/json" not in attributes]
    assert runs == [f' type="importmap" nonce="{nonce}"']
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_every_answer_has_a_nonce_of_its_own(browse: FlaskClient):
    policies = {browse.get("/", **LOCAL).headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


def test_a_static_file_is_asked_for_again_only_by_its_tag(browse: FlaskClient):
    first = browse.get("/static/js/start.js", **LOCAL)
    again = browse.get("/static/js/start.js", headers={"If-None-Match": first.headers["ETag"]}, **LOCAL)
    assert (first.status_code, again.status_code) == (200, 304)
    assert first.mimetype == "text/javascript"


@pytest.mark.parametrize("name", ["", "../errors.py", "..%2ferrors.py", "css/../../setup.cfg", "__init__.py", "%00"])
def test_no_other_file_is_static(browse: FlaskClient, name: str):
    assert browse.get(f"/static/{name}", **LOCAL).status_code in (308, 404)


def test_an_image_is_shown_and_anything_else_is_a_download(browse: FlaskClient):
    """Case 60."""
    image = browse.get(f"/runs/{RUN}/media/a.png", buffered=True, **LOCAL)
    assert (image.mimetype, "sandbox" in image.headers["Content-Security-Policy"]) == ("image/png", True)
    other = browse.get(f"/runs/{RUN}/media/a.svg", buffered=True, **LOCAL)
    assert (other.mimetype, other.headers["Content-Disposition"]) == ("application/octet-stream", "attachment")
    part = browse.get(f"/runs/{RUN}/media/a.png", headers={"Range": "bytes=1-3"}, buffered=True, **LOCAL)
    assert (part.status_code, part.data) == (206, b"PNG")


@pytest.mark.parametrize("path", ["link.png", "../meta.json", "..%2fmeta.json", "/etc/passwd", "none.png", "%2e%2e/x"])
def test_no_file_outside_the_media_is_handed_out(browse: FlaskClient, path: str):
    """Cases 38 and 41."""
    answer = browse.get(f"/runs/{RUN}/media/{path}", **LOCAL)
    assert answer.status_code in (308, 404)
    assert b"root:x:" not in answer.data
    assert b'"pid"' not in answer.data


def test_an_error_outside_the_api_is_a_page(browse: FlaskClient):
    answer = browse.get("/runs/<script>", **LOCAL)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "Run not found" in answer.text


def test_metrics_are_named_for_the_choice_of_columns(
    browse: FlaskClient, make_run: Callable[..., Path], metrics: Callable[..., dict]
):
    other = make_run("20250601_120001_a1b2c4", events=[metrics(1, **{"val/loss": 0.5, "phase": "warm"})]).name
    assert browse.get(f"/metric-names?run={other}&run={RUN}", **LOCAL).json == ["val/loss"]


def test_chosen_columns_come_with_the_cookie(browse: FlaskClient):
    browse.set_cookie("runicorn_columns", "config.lr|notes", domain="127.0.0.1")
    heads = re.findall(r'data-key="([^"]+)"', browse.get("/", **LOCAL).text)
    assert heads == ["run", "config.lr", "notes"]


@pytest.mark.parametrize(
    "query", ["page=x", "page=-1", "per_page=0", "per_page=99999999", "sort=%00", "status=&status="]
)
def test_odd_addresses_give_a_page(browse: FlaskClient, query: str):
    assert browse.get(f"/?{query}", **LOCAL).status_code == 200


@pytest.mark.parametrize("address", ["/runs/long", "/compare?run=long&run=gone"])
def test_runs_that_take_long_to_read_say_so_and_open_by_themselves(
    make_run: Callable[..., Path],
    metrics: Callable[..., dict],
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
):
    make_run("long", events=[metrics(1, loss=0.5)])
    monkeypatch.setattr("runicorn.query.ahead.LONG_BYTES", 1)
    monkeypatch.setattr("runicorn.viewer.pages.READING_S", 0.01)
    may_read = threading.Event()
    facts = Metrics.facts
    monkeypatch.setattr(Metrics, "facts", lambda self, run: may_read.wait(10) and facts(self, run))
    browse = app.test_client()

    waiting = [browse.get(address, **LOCAL) for _ in range(2)]

    for answer in waiting:
        assert answer.status_code == 200
        assert '<meta http-equiv="refresh" content="1">' in answer.text
        assert "Reading" in answer.text
    may_read.set()
    monkeypatch.setattr("runicorn.viewer.pages.READING_S", 10.0)
    page = browse.get(address, **LOCAL).text
    assert "refresh" not in page
    assert 'data-metric="loss"' in page
