"""Import of archives by upload."""

import io
import tarfile
import zipfile

import pytest

RUN, OTHER = "20240101_000000_aaaaaa", "20240102_000000_bbbbbb"


def make_zip(*members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def make_tar(*members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def upload(client, data, name="a.zip", field="file", **headers):
    return client.post(
        "/api/import/archive",
        data={field: (io.BytesIO(data), name)},
        content_type="multipart/form-data",
        headers=headers,
    )


META = (f"imp/one/runs/{RUN}/meta.json", f'{{"id": "{RUN}", "project": "imp", "name": "one"}}')
EVENTS = (f"imp/one/runs/{RUN}/events.jsonl", '{"ts":1,"type":"metrics","data":{"global_step":1,"x":1}}\n')


@pytest.mark.parametrize("name", ["a.zip", "noext", "wrong.tar.gz"])
def test_runs_of_an_archive_are_listed_at_once(client, root, name):
    assert client.get("/api/runs").json == []
    answer = upload(client, make_zip(META, EVENTS), name)
    assert answer.json == {
        "ok": True,
        "imported_files": 2,
        "new_run_dirs": [str(root / f"imp/one/runs/{RUN}")],
        "new_run_ids": [RUN],
        "storage": str(root),
        "new_versions": [],
        "ignored_files": 0,
    }
    assert [run["id"] for run in client.get("/api/runs").json] == [RUN]
    assert client.get(f"/api/runs/{RUN}/metrics_step").json["rows"][0]["x"] == 1


def test_a_tar_is_taken_too(client):
    answer = upload(client, make_tar((f"imp/two/runs/{OTHER}/meta.json", b"{}")), "b.tgz")
    assert (answer.json["imported_files"], answer.json["new_run_ids"]) == (1, [OTHER])


def test_the_same_archive_again_is_refused_and_changes_nothing(client, root):
    """Case 66."""
    upload(client, make_zip(META))
    before = (root / META[0]).stat()
    answer = upload(client, make_zip((META[0], "changed")))
    assert answer.status_code == 409
    assert RUN in answer.json["detail"]
    assert (root / META[0]).stat() == before


@pytest.mark.parametrize(
    "data",
    [b"not a zip", b"junk", b"", make_zip(META, ("../evil.txt", "no")), make_tar(("/evil.txt", b"no"))],
    ids=["text", "junk", "empty", "zip slip", "absolute"],
)
def test_bad_archives_are_refused_whole(client, root, data):
    """Cases 63 and 65."""
    answer = upload(client, data, "bad.zip")
    assert answer.status_code == 400
    assert answer.json["detail"].startswith("Unsupported or corrupted archive")
    assert not list(root.rglob("*.json")) and not list(root.parent.rglob("evil*"))


def test_a_missing_file_is_422(client):
    for answer in (upload(client, b"x", field="other"), client.post("/api/import/archive")):
        assert answer.status_code == 422
        assert answer.json["detail"][0]["loc"][-1] == "file"


def test_a_bomb_is_413(client, root):
    """Case 64."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"imp/one/runs/{RUN}/events.jsonl", bytes(66 * 1024**2))
    assert upload(client, buffer.getvalue()).status_code == 413
    assert client.get("/api/runs").json == []


def test_a_page_of_another_origin_uploads_nothing(client, root):
    """Case 53, and an upload needs no preflight."""
    answer = upload(client, make_zip(META), Origin="https://evil.example")
    assert answer.status_code == 403
    assert not (root / "imp").exists()


def test_only_a_form_is_taken(client):
    """Case 55."""
    answer = client.post("/api/import/archive", data=make_zip(META), content_type="application/zip")
    assert answer.status_code == 415
