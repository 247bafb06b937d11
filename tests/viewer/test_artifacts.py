"""Artifacts over HTTP."""

import pytest

from runicorn.storage.artifacts import versions
from runicorn.storage.artifacts.contents import StagedFile

RUN = "20250601_120000_a1b2c3"
TRICKS = ["..%2f..%2fetc%2fpasswd", "%2e%2e%2fmetadata.json", "..%5c..%5cx", "%252e%252e%252fx", "."]


@pytest.fixture
def save(root, tmp_path):
    """Store a version: `save("net", a=b"content")`."""

    def create(name="net", type="model", **files):
        staged = []
        for path, data in files.items():
            source = tmp_path / "source" / path
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(data)
            staged.append(StagedFile(source, path))
        return versions.create_version(root, versions.NewVersion(name, type, staged, run_id=RUN))

    return create


def test_a_file_is_downloaded_as_an_attachment_that_no_page_can_run(client, save):
    """Case 60."""
    save(**{"deep/a.html": b"<script>alert(1)</script>"})
    answer = client.get(
        "/api/artifacts/net/v1/files/deep/a.html", headers={"Origin": "https://evil.example"}, buffered=True
    )
    assert answer.data == b"<script>alert(1)</script>"
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename=a.html"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_part_of_a_file_can_be_asked_for(client, save):
    save(a=b"0123456789")
    answer = client.get("/api/artifacts/net/v1/files/a", headers={"Range": "bytes=2-4"}, buffered=True)
    assert (answer.status_code, answer.data) == (206, b"234")


def test_a_damaged_file_is_not_sent(client, save):
    """Case 67."""
    version = save(a=b"content")
    (version.files / "a").chmod(0o644)
    (version.files / "a").write_bytes(b"contend")
    answer = client.get("/api/artifacts/net/v1/files/a")
    assert answer.status_code == 409
    assert "damaged" in answer.json["detail"]


@pytest.mark.parametrize(
    "route",
    [
        "/api/artifacts/{}/versions",
        "/api/artifacts/{}/v1",
        "/api/artifacts/{}/v1/files",
        "/api/artifacts/{}/v1/lineage",
        "/api/artifacts/net/v1/files/{}",
        "/api/artifacts/{}/training-metrics",
        "/api/artifacts/net/v1?type={}",
        "/api/runs/{}/artifacts",
    ],
)
def test_no_name_reaches_outside_of_the_store(client, save, root, route):
    """Cases 38 and 39."""
    save(a=b"1")
    (root / "x").write_text("secret")
    for trick in TRICKS:
        answer = client.get(route.format(trick))
        assert answer.status_code in (400, 404), trick
        assert set(answer.json) == {"detail"}


@pytest.mark.parametrize("version", ["X", "1.5", "latest", "1e3", "9" * 5000])
def test_a_version_that_is_no_number_is_422(client, save, version):
    save(a=b"1")
    answer = client.get(f"/api/artifacts/net/v{version}")
    assert answer.status_code == 422
    assert answer.json["detail"][0]["loc"] == ["path", "version"]


@pytest.mark.parametrize("version", [0, -1, 9, 10**30])
def test_a_version_that_is_not_there_is_404_on_every_call(client, save, version):
    save(a=b"1")
    for suffix in ("", "/files", "/lineage", "/files/a"):
        answer = client.get(f"/api/artifacts/net/v{version}{suffix}")
        assert (answer.status_code, answer.json["detail"]) == (404, f"Version not found: net:v{version}")
    answer = client.delete(f"/api/artifacts/net/v{version}")
    assert (answer.status_code, answer.json["detail"]) == (404, f"Version not found: net:v{version}")


@pytest.mark.parametrize("selector", ["v2", "2", "latest", "best"])
@pytest.mark.parametrize("colon", [":", "%3A"])
def test_a_version_is_found_by_name_and_alias(client, save, colon, selector):
    save(a=b"1")
    versions.set_alias(save(a=b"2").artifact, "best", 2)
    assert client.get(f"/api/artifacts/net{colon}{selector}").json["version"] == 2
    assert client.get(f"/api/artifacts/net{colon}{selector}/lineage").json["root_artifact"] == "net:v2"


def test_unknown_selectors_are_refused(client, save):
    save(a=b"1")
    assert client.get("/api/artifacts/net:best").status_code == 404
    assert client.get("/api/artifacts/net:v0").status_code == 400
    assert client.get("/api/artifacts/net").json == {"detail": "Not Found"}


def test_an_empty_type_is_no_type(client, save):
    save(a=b"1")
    assert len(client.get("/api/artifacts?type=").json) == 1
    assert client.get("/api/artifacts/net/v1?type=").json["type"] == "model"
    assert client.get("/api/artifacts?type=dataset").json == []


def test_aliases_are_set_moved_and_removed(client, save):
    save(a=b"1")
    save(a=b"2")
    assert client.put("/api/artifacts/net/aliases/best", json={"version": 1}).json == {
        "ok": True,
        "aliases": {"latest": 2, "best": 1},
    }
    client.put("/api/artifacts/net/aliases/best", json={"version": 2})
    assert client.get("/api/artifacts/net/versions").json[1]["aliases"] == ["latest", "best"]
    assert client.delete("/api/artifacts/net/aliases/best").json["aliases"] == {"latest": 2}
    assert client.delete("/api/artifacts/net/aliases/best").status_code == 404
    assert client.put("/api/artifacts/net/aliases/latest", json={"version": 1}).status_code == 400
    assert client.put("/api/artifacts/net/aliases/x", json={"version": "1"}).status_code == 422
    assert client.put("/api/artifacts/net/aliases/x", json={"version": 7}).status_code == 404


def test_soft_delete_is_shown_and_taken_back(client, save):
    save(a=b"1")
    for _ in range(2):
        answer = client.delete("/api/artifacts/net/v1")
        assert answer.json == {"success": True, "message": "Soft deleted net:v1 locally"}
    assert client.get("/api/artifacts/net/v1").json["status"] == "deleted"
    assert client.get("/api/artifacts/net/versions").json[0]["status"] == "deleted"
    client.post("/api/artifacts/net/v1/restore")
    assert client.get("/api/artifacts/net/v1").json["status"] == "ready"


def test_permanent_deletion_says_what_it_frees(client, save):
    version = save(a=b"x" * 1000)
    expected = 1000 + sum(path.stat().st_size for path in (version.metadata, version.manifest))
    preview = client.get("/api/artifacts/net/v1/deletion-preview")
    assert preview.json == {"artifact": "net:v1", "freed_bytes": expected}
    answer = client.delete("/api/artifacts/net/v1?permanent=true")
    assert answer.json == {
        "success": True,
        "message": "Permanently deleted net:v1 locally",
        "freed_bytes": expected,
    }
    assert client.get("/api/artifacts").json == []
    assert client.get("/api/artifacts/net/versions").json == []


def test_the_artifacts_of_a_run_are_listed_by_relation(make_app, published_root, published_ids):
    run, published = published_ids["train"], make_app(published_root).test_client()
    both = published.get(f"/api/experiments/{run}/artifacts").json["artifacts"]
    assert [(row["name"], row["relation"]) for row in both] == [("small-net", "created"), ("toy-digits", "used")]
    used = published.get(f"/api/experiments/{run}/artifacts?relation=used").json["artifacts"]
    assert [row["name"] for row in used] == ["toy-digits"]
    assert published.get(f"/api/experiments/{run}/artifacts?relation=x").status_code == 422


@pytest.mark.parametrize(
    "path",
    ["artifacts/net/v1", "artifacts/net/v1?permanent=true", "artifacts/net/aliases/x"],
)
def test_a_page_of_another_origin_changes_nothing(client, save, path):
    """Case 53."""
    version = save(a=b"1")
    answer = client.delete(f"/api/{path}", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert version.path.exists() and not version.deleted.exists()
