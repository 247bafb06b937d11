"""Who may ask for what. Cases 1 to 11, 47, 52 to 57 and 73 of the catalogue."""

from __future__ import annotations

import pytest

from runicorn.viewer import access, current

EVIL = "https://evil.example"
READS = ["/api/health", "/api/runs", "/api/runs/x", "/api/projects", "/api/v2/experiments", "/api/runs/x/metrics_step"]
PRIVATE = ["/api/config", "/", "/docs", "/openapi.json"]


def routes(app, method):
    """Every route of `app` that takes `method`, with something in place of its variables."""
    for rule in app.url_map.iter_rules():
        if method in rule.methods and not rule.websocket:
            with app.test_request_context():
                yield app.url_map.bind("localhost").build(rule.endpoint, dict.fromkeys(rule.arguments, "1"))


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:23300", "127.0.0.1.evil.example", "localhost.evil.example", "", "127.1"]
)
@pytest.mark.parametrize("path", ["/", "/api/runs", "/static/css/tokens.css", "/docs", "/api/nothing"])
def test_a_foreign_host_is_refused_everywhere(client, host, path):
    """Case 52."""
    assert client.get(path, headers={"Host": host, "User-Agent": "x"}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
@pytest.mark.parametrize("port", ["", ":23300", ":8081"])
def test_loopback_hosts_pass_with_and_without_port(client, host, port):
    """Case 52."""
    assert client.get("/api/health", headers={"Host": host + port}).status_code == 200


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        pytest.param({"allowed_hosts": ("Exp.Example",)}, "exp.example:80", 200, id="configured"),
        pytest.param({"host": "0.0.0.0", "token": "t"}, "192.168.1.2:23300", 200, id="address when not on loopback"),
        pytest.param({"host": "0.0.0.0", "token": "t"}, "10.evil.example", 403, id="name like an address"),
        pytest.param({"host": "gpu-box", "token": "t"}, "gpu-box:23300", 200, id="the name listened at"),
        pytest.param({}, "192.168.1.2", 403, id="address when on loopback"),
    ],
)
def test_which_hosts_name_this_server(make_app, settings, host, status):
    client = make_app(**settings).test_client()

    answer = client.get("/api/health", headers={"Host": host, "Authorization": "Bearer t"})

    assert answer.status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": EVIL, "Sec-Fetch-Site": "same-origin"},
        {"Origin": EVIL, "Cookie": "runicorn_token_80=x"},
    ],
    ids=str,
)
def test_no_write_from_another_origin_is_accepted(app, headers):
    """Cases 53 and 54, on every route that writes."""
    client = app.test_client()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in routes(app, method):
            answer = client.open(path, method=method, json={}, headers=headers)
            assert (answer.status_code, path) == (403, path)
            assert "detail" in answer.json


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}], ids=str)
def test_writes_of_the_own_pages_and_of_scripts_are_accepted(client, headers):
    assert client.post("/api/status/check", json={}, headers=headers).status_code == 200


def test_an_allowed_origin_may_write(make_app):
    client = make_app(allowed_origins=("https://lab.example",)).test_client()

    assert client.post("/api/status/check", headers={"Origin": "https://lab.example"}).status_code == 200
    assert client.post("/api/status/check", headers={"Origin": "https://lab.example:444"}).status_code == 403


@pytest.mark.parametrize("path", READS)
def test_plain_reads_may_be_seen_by_any_origin_without_credentials(client, path):
    answer = client.get(path, headers={"Origin": EVIL})

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", PRIVATE)
def test_everything_else_is_for_the_own_origin(client, path):
    answer = client.get(path, headers={"Origin": EVIL})

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_preflights_promise_nothing_that_is_not_kept(app):
    """Case 57, on every route."""
    client = app.test_client()
    asked = {
        "Origin": EVIL,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    for path in {*routes(app, "GET"), *routes(app, "POST"), *routes(app, "DELETE")}:
        answer = client.options(path, headers=asked)
        assert "Access-Control-Allow-Private-Network" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "POST" not in answer.headers.get("Access-Control-Allow-Methods", "")
    assert client.options("/api/runs", headers=asked).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.options("/api/config", headers=asked).headers


@pytest.mark.parametrize(
    ("cors", "expected"),
    [((), None), (("https://lab.example",), None), ((EVIL,), EVIL)],
    ids=["none", "another origin", "this origin"],
)
def test_cors_can_be_narrowed(make_app, cors, expected):
    answer = make_app(cors=cors).test_client().get("/api/runs", headers={"Origin": EVIL})

    assert answer.headers.get("Access-Control-Allow-Origin") == expected


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_of_another_type_is_refused(app, kind):
    """Case 55, on every route that takes JSON."""
    client = app.test_client()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in routes(app, method):
            if "import" in path:
                continue
            answer = client.open(path, method=method, data=b'{"run_ids": ["r1"]}', content_type=kind)
            assert (answer.status_code, path) == (415, path)


def test_a_body_without_a_type_is_refused_and_no_body_is_not(client):
    assert client.post("/api/status/check", data=b"{}").status_code == 415
    assert client.post("/api/status/check").status_code == 200


def test_a_body_over_the_limit_is_refused_before_it_is_read(client):
    """Case 73."""
    answer = client.post(
        "/api/experiments/tag",
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": str(2 * 1024**3), "wsgi.input": Unreadable()},
    )

    assert (answer.status_code, list(answer.json)) == (413, ["detail"])


def test_a_form_of_very_many_parts_is_refused(client):
    """Case 73."""
    part = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n1\r\n'

    answer = client.post(
        "/api/import/archive", data=part * 100_000 + b"--x--", content_type="multipart/form-data; boundary=x"
    )

    assert (answer.status_code, list(answer.json)) == (413, ["detail"])


class Unreadable:
    """A body that must not be touched."""

    def read(self, *_):
        raise AssertionError("the body was read")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 20_000 + b"]" * 20_000, id="20,000 deep"),
        pytest.param(b'{"run_ids": [' + b"1," * 49_999 + b"1]}", id="50,000 bad items"),
        pytest.param(b'{"run_ids": "', id="cut short"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"", id="empty"),
        pytest.param(b"[1, 2]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"NaN", id="NaN"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_quickly(client, body):
    """Case 73."""
    answer = client.delete("/api/experiments/delete", data=body, content_type="application/json")

    assert answer.status_code in (400, 422)
    assert len(answer.data) < 5_000


def test_with_a_token_every_request_needs_it(make_app):
    app = make_app(token="s3cret")
    client = app.test_client()
    for path in ("/", "/api/health", "/api/runs", "/static/css/tokens.css", "/docs", "/nothing"):
        assert client.get(path).status_code == 401
    assert client.get("/api/health", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/api/health", headers={"Authorization": "Bearer s3cret"}).status_code == 200
    assert client.get("/api/health?token=s3cret").status_code == 200


def test_the_start_address_leaves_a_cookie_and_drops_the_token(make_app):
    client = make_app(token="s3cret").test_client()

    answer = client.get("/?token=s3cret&status=failed%26x")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/?status=failed%26x")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert client.get("/api/health").status_code == 200


def test_the_start_address_never_leads_to_another_server(make_app):
    answer = make_app(token="s3cret").test_client().get("//evil.example/x?token=s3cret")

    assert not answer.headers.get("Location", "/").startswith("//")


def test_every_answer_is_fenced(client):
    for path in ("/", "/api/runs", "/docs", "/nothing", "/api/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_the_debugger_is_not_there(client, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")

    assert client.get("/console").status_code == 404


def test_shared_blueprints_exist_and_private_marks_hold(app):
    with app.test_request_context("/api/config"):
        assert not access.is_shared()
    with app.test_request_context("/api/runs"):
        assert access.is_shared()
    assert current.viewer(app).settings.cors == ("*",)
