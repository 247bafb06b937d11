"""The Python client against the real server process on the published package's root."""

from __future__ import annotations

import hashlib
import http.server
import threading

import pytest

from runicorn import api


@pytest.fixture
def client(viewer_process, published_root):
    with api.connect(viewer_process(published_root)) as client:
        yield client


def test_runs_are_listed_newest_first_and_filtered(client, published_ids):
    runs = client.list_experiments(project="vision", status="finished")

    assert {run["id"] for run in runs} == {published_ids["prep"], published_ids["train"]}
    created = [run["created_at"] for run in client.list_experiments()]
    assert created == sorted(created, reverse=True)
    assert client.list_experiments(limit=2, offset=1) == client.list_experiments()[1:3]


def test_one_run_has_what_the_documents_promise(client, published_ids):
    run = client.get_experiment(published_ids["train"])

    assert (run["project"], run["name"], run["status"]) == ("vision", "resnet_small", "finished")
    assert run["created_at"] == pytest.approx(1761407204.75)
    assert run["summary"]["dataset"] == "toy-digits"
    assert client.get_run(published_ids["train"]) == run
    assert api.Experiment.from_dict(run).created_datetime.year == 2025


def test_projects_come_as_names_or_with_details(client):
    assert client.list_projects()[0] == "misc data"
    assert api.Project.from_dict(client.list_projects(detailed=True)[0]).experiment_count == 5


def test_metrics_are_points_in_order_of_step(client, published_ids):
    metrics = client.get_metrics(published_ids["train"], ["acc"], limit=3)["metrics"]

    assert list(metrics) == ["acc"]
    assert [point["step"] for point in metrics["acc"]] == [230, 235, 240]
    series = api.MetricSeries.from_dict({"name": "acc", "points": metrics["acc"]})
    assert series.last_value() == series.values[-1]


def test_series_are_columnar_and_count_what_they_hold(client, published_ids):
    answer = client.get_series(published_ids["long"], max_points=100)

    series = answer["series"][0]
    assert series["total"] == 1500
    assert len(series["steps"]) == len(series["values"]) <= 100


def test_sql_reads_the_same_files(client, published_ids):
    answer = client.sql("SELECT run_id FROM runs WHERE project = ? ORDER BY run_id", ["vision"])

    assert published_ids["train"] in [row[0] for row in answer["rows"]]


def test_a_run_is_exported_as_a_file(client, published_ids):
    text = client.export_experiment(published_ids["train"], format="csv").decode()

    assert text.startswith("#")
    assert "global_step" in text


def test_an_unknown_run_is_not_found(client):
    with pytest.raises(api.NotFoundError, match="Run not found"):
        client.get_experiment("no such run")


def test_a_refused_parameter_is_named(client, published_ids):
    with pytest.raises(api.BadRequestError, match="downsample"):
        client.get(f"/api/runs/{published_ids['train']}/metrics_step", {"downsample": 1})


def test_the_storage_root_is_changed(client, tmp_path, published_ids):
    answer = client.update_config({"user_root_dir": str(tmp_path / "other")})

    assert answer["storage"] == str(tmp_path / "other")
    assert client.get_config()["storage"] == str(tmp_path / "other")
    assert client.list_experiments() == []


def test_machine_facts_are_given_with_or_without_a_gpu(client):
    assert "available" in client.get_gpu_info()


def test_artifacts_are_listed_with_versions_newest_first(client, published_ids):
    assert {"small-net", "toy-digits"} <= {row["name"] for row in client.artifacts.list_artifacts()}
    assert len(client.artifacts.list_artifacts(limit=2, offset=1)) == 2
    assert [row["version"] for row in client.artifacts.list_versions("small-net")] == [3, 2, 1]
    assert client.artifacts.get_artifact("small-net")["version"] == 3
    assert client.artifacts.get_artifact("small-net:v1")["description"] == "first weights"
    used = client.artifacts.list_experiment_artifacts(published_ids["train"], relation="used")
    assert [row["relation"] for row in used] == ["used"]


def test_lineage_names_producer_and_consumers(client, published_ids):
    graph = client.artifacts.get_artifact_lineage("small-net:v1")

    assert graph["created_by"] == [published_ids["train"]]
    assert published_ids["uni"] in graph["used_by"]


def test_an_artifact_is_downloaded_and_verified(client, tmp_path):
    folder = client.artifacts.download_artifact("small-net:v1", str(tmp_path / "net"))

    files = client.get("artifacts/small-net/v1/files")["files"]
    for file in files:
        data = (tmp_path / "net" / file["path"]).read_bytes()
        assert f"sha256:{hashlib.sha256(data).hexdigest()}" == file["digest"]
    assert folder == str(tmp_path / "net")
    assert not list((tmp_path / "net").rglob("*.part"))


def test_a_damaged_artifact_is_refused(client, published_root, tmp_path):
    target = published_root / "artifacts/model/small-net/v1/files/weights.bin"
    data = bytearray(target.read_bytes())
    data[0] ^= 1
    target.unlink()
    target.write_bytes(bytes(data))

    with pytest.raises(api.RunicornAPIError):
        client.artifacts.download_artifact("small-net:v1", str(tmp_path / "net"))
    assert not (tmp_path / "net" / "weights.bin").exists()


class _Answers(http.server.BaseHTTPRequestHandler):
    """Answers from `script`: (method, path) -> list of (status, body), the last one repeated."""

    script: dict
    seen: list

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path))
        answers = self.script[self.command, self.path.split("?")[0]]
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, *_):
        pass


@pytest.fixture
def odd_server():
    """A server that answers as told: `odd_server(script)` returns (address, requests seen)."""
    servers = []

    def start(script):
        handler = type("Handler", (_Answers,), {"script": script, "seen": []})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}", handler.seen

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def test_reads_are_retried_and_writes_never(odd_server):
    url, seen = odd_server(
        {
            ("GET", "/api/x"): [(503, b"{}"), (200, b'{"ok": true}')],
            ("POST", "/api/x"): [(503, b'{"detail": "busy"}')],
            ("DELETE", "/api/x"): [(503, b'{"detail": "busy"}')],
        }
    )
    with api.RunicornClient(url) as client:
        assert client.get("x") == {"ok": True}
        with pytest.raises(api.ServerError, match="busy"):
            client.post("/api/x", json={})
        with pytest.raises(api.ServerError, match="busy"):
            client.delete("x")

    assert seen == [("GET", "/api/x"), ("GET", "/api/x"), ("POST", "/api/x"), ("DELETE", "/api/x")]


@pytest.mark.parametrize("status", ["ok", "healthy"])
def test_both_words_for_healthy_are_understood(odd_server, status):
    url, _ = odd_server({("GET", "/api/health"): [(200, b'{"status": "%s"}' % status.encode())]})

    with api.connect(url) as client:
        assert client.base_url == url


def test_making_a_client_sends_nothing(odd_server):
    url, seen = odd_server({})

    api.RunicornClient(url).close()

    assert seen == []


def test_nobody_there_is_said_with_the_remedy():
    with pytest.raises(api.ConnectionError, match="runicorn viewer"):
        api.connect("http://127.0.0.1:9", max_retries=0)


def test_a_server_that_sends_a_name_outside_the_folder_is_refused(odd_server, tmp_path):
    url, _ = odd_server(
        {
            ("GET", "/api/artifacts/net%3Alatest"): [(200, b'{"name": "net", "version": 1}')],
            ("GET", "/api/artifacts/net/v1/files"): [(200, b'{"files": [{"path": "../../.bashrc"}]}')],
        }
    )
    with api.RunicornClient(url) as client, pytest.raises(ValueError, match="Invalid file name sent by the server"):
        client.artifacts.download_artifact("net", str(tmp_path / "in"))

    assert [path.name for path in tmp_path.iterdir()] == ["in"]
