"""Soft delete, the recycle bin, restore and emptying over HTTP."""

import os
import socket

import pytest

RUN = "20250601_120000_a1b2c3"
OTHER = "20250601_120001_a1b2c4"


def ids(client):
    return [run["id"] for run in client.get("/api/runs").json]


def test_a_deleted_run_is_in_the_bin_and_nowhere_else_until_it_is_restored(client, make_run):
    make_run(RUN, status="interrupted")
    make_run(OTHER)
    answer = client.post("/api/runs/soft-delete", json={"run_ids": [RUN, "20200101_000000_abcdef"]})
    assert answer.json == {
        "deleted_count": 1,
        "results": {RUN: {"success": True}, "20200101_000000_abcdef": {"success": False, "error": "run not found"}},
        "message": "Soft deleted 1 of 2 runs",
    }
    assert ids(client) == [OTHER]
    assert client.get(f"/api/runs/{RUN}").status_code == 404
    (found,) = client.get("/api/recycle-bin").json["deleted_runs"]
    assert (found["id"], found["delete_reason"], found["original_status"]) == (RUN, "user_deleted", "interrupted")

    answer = client.post("/api/recycle-bin/restore", json={"run_ids": [RUN, OTHER]})
    assert answer.json == {
        "restored_count": 1,
        "results": {RUN: {"success": True}, OTHER: {"success": False, "error": "run not deleted"}},
        "message": "Restored 1 of 2 runs",
    }
    assert sorted(ids(client)) == [RUN, OTHER]
    assert client.get("/api/recycle-bin").json == {"deleted_runs": []}


def test_an_id_given_twice_is_deleted_once_and_reported_as_deleted(client, make_run):
    make_run(RUN)
    answer = client.post("/api/runs/soft-delete", json={"run_ids": [RUN, RUN]})
    assert answer.json["results"] == {RUN: {"success": True}}
    assert answer.json["deleted_count"] == 1


@pytest.mark.parametrize("path", ["runs/soft-delete", "recycle-bin/restore"])
@pytest.mark.parametrize(
    "bad",
    [
        "../x",
        "/abs",
        "a/b",
        "a\0b",
        "x" * 300,
        "CON",
        "nul.txt",
        "x.",
        "x ",
        7,
        None,
        ["x"],
        {},
        f"{RUN}\n",
        RUN.upper(),
    ],
)
def test_one_bad_id_refuses_the_whole_batch(client, make_run, root, path, bad):
    """Cases 42 and 44."""
    folder = make_run(RUN)
    before = sorted(root.rglob("*"))
    answer = client.post(f"/api/{path}", json={"run_ids": [RUN, bad]})
    assert answer.status_code == 400
    assert answer.json["detail"].startswith("Invalid run_id format")
    assert sorted(root.rglob("*")) == before
    assert not (folder / ".deleted").exists()


@pytest.mark.parametrize("body", [{}, {"run_ids": []}, {"run_ids": "x"}, {"run_ids": None}, {"run_ids": {"a": 1}}])
def test_a_batch_is_a_list_with_something_in_it(client, body):
    answer = client.post("/api/runs/soft-delete", json=body)
    assert (answer.status_code, answer.json) == (400, {"detail": "run_ids is required and must be a list"})


def test_a_batch_has_at_most_a_hundred_ids(client):
    many = [f"20250601_120000_{number:06x}" for number in range(101)]
    for path, verb in (("runs/soft-delete", "delete"), ("recycle-bin/restore", "restore")):
        answer = client.post(f"/api/{path}", json={"run_ids": many})
        assert (answer.status_code, answer.json["detail"]) == (400, f"Cannot {verb} more than 100 runs at once")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"'], ids=["none", "cut", "list", "text"])
def test_a_body_that_is_no_object_is_422(client, body):
    answer = client.post("/api/runs/soft-delete", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert isinstance(answer.json["detail"], list)


def test_emptying_frees_what_the_preview_says_and_keeps_what_lives(client, make_run):
    live = make_run(RUN, status="running", meta={"pid": os.getpid(), "hostname": socket.gethostname()})
    gone = make_run(OTHER, logs="x" * 5000)
    size = sum(path.stat().st_size for path in gone.iterdir())
    client.post("/api/runs/soft-delete", json={"run_ids": [RUN, OTHER]})

    assert client.post("/api/recycle-bin/empty", json={"confirm": False}).status_code == 400
    assert gone.exists()
    preview = client.get("/api/recycle-bin/preview").json
    answer = client.post("/api/recycle-bin/empty", json={"confirm": True})

    assert answer.json["message"] == "Permanently deleted 1 runs"
    assert answer.json["kept"] == {RUN: "the run is still running"}
    assert live.exists() and not gone.exists()
    marker = len((live / ".deleted").read_bytes())
    assert answer.json["freed_bytes"] > size
    assert preview["runs"] == 2
    assert preview["freed_bytes"] >= answer.json["freed_bytes"] + marker


def test_a_run_another_program_deletes_is_gone_at_once_too(client, make_run):
    folder = make_run(RUN)
    assert ids(client) == [RUN]
    (folder / ".deleted").write_text("[]")
    client.post("/api/recycle-bin/restore", json={"run_ids": [OTHER]})
    assert ids(client) == []
    assert client.get("/api/recycle-bin").json["deleted_runs"][0]["deleted_at"] is None
