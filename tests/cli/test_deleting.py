"""`delete`, `restore`, `manage` and `clean`: what goes, what stays, and what is asked before."""

from __future__ import annotations

import json
import os
import socket
import time

import pytest

from runicorn.query import Reader
from runicorn.storage.documents import find_object


@pytest.fixture
def ids(root):
    def read(**settings):
        with Reader(root) as reader:
            return sorted(run.id for run in reader.runs.list_runs(**settings))

    return read


def age(folder, days):
    then = time.time() - days * 86400
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (then, then))


def test_a_deleted_run_can_be_restored(run_cli, root, make_run, ids):
    make_run("one")
    make_run("two")

    assert (
        run_cli("delete", "one", "--storage", root, "--reason", "junk").stdout
        == "Moved to the recycle bin: 1 run(s).\n"
    )
    assert ids() == ["two"]
    assert [run["id"] for run in json.loads(run_cli("runs", "--deleted", "--storage", root, "--json").stdout)] == [
        "one"
    ]

    assert run_cli("restore", "one", "--storage", root).exit_code == 0
    assert ids() == ["one", "two"]


def test_one_unknown_run_keeps_all(run_cli, root, make_run, ids):
    """Case 44."""
    make_run("one")

    for arguments in (["one", "nothing"], ["one", "../two"], ["--permanent", "--yes", "one", "nothing"]):
        result = run_cli("delete", *arguments, "--storage", root)
        assert result.exit_code == 1
        assert "Nothing was deleted" in result.stderr
    assert ids() == ["one"]


def test_restoring_what_is_not_deleted_fails(run_cli, root, make_run):
    make_run("one")

    assert run_cli("restore", "one", "--storage", root).exit_code == 1
    assert run_cli("restore", "--storage", root).exit_code == 2
    assert run_cli("restore", "one", "--all", "--storage", root).exit_code == 2


def test_everything_can_be_restored_at_once(run_cli, root, make_run, ids):
    make_run("one")
    make_run("two")
    run_cli("delete", "one", "two", "--storage", root)

    assert json.loads(run_cli("restore", "--all", "--storage", root, "--json").stdout)["changed"] == ["one", "two"]
    assert ids() == ["one", "two"]


def test_a_permanent_deletion_asks_and_says_what_it_frees(run_cli, root, make_run):
    folder = make_run("one", logs="x" * 9000)

    preview = run_cli("delete", "one", "--permanent", "--dry-run", "--storage", root, "--json")
    assert json.loads(preview.stdout)["would_free_bytes"] > 9000
    assert run_cli("delete", "one", "--permanent", "--storage", root, input="n\n").exit_code == 1
    assert folder.exists()

    answer = json.loads(run_cli("delete", "one", "--permanent", "--yes", "--storage", root, "--json").stdout)
    assert answer["deleted"] == ["one"]
    assert answer["freed_bytes"] > 9000
    assert not folder.exists()


def test_a_live_run_is_not_removed(run_cli, root, make_run):
    folder = make_run("one", status="running", meta={"pid": os.getpid(), "hostname": socket.gethostname()})

    result = run_cli("delete", "one", "--permanent", "--yes", "--storage", root)

    assert result.exit_code == 1
    assert "still running" in result.stderr
    assert folder.exists()


def test_tags_are_added_or_replaced(run_cli, root, make_run):
    make_run("one")

    def tag(*arguments):
        result = run_cli("manage", "--action", "tag", "--run-id", "one", "--storage", root, "--json", *arguments)
        return json.loads(result.stdout)["tags"]["one"]

    assert tag("--tags", "a, b") == ["a", "b"]
    assert tag("--tags", "b,c") == ["a", "b", "c"]
    assert tag("--tags", "x", "--replace") == ["x"]
    found = run_cli("manage", "--action", "search", "--tags", "x", "--storage", root, "--json")
    assert [run["id"] for run in json.loads(found.stdout)] == ["one"]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no action"),
        pytest.param(["--action", "tag"], id="tag without a run"),
        pytest.param(["--action", "tag", "--run-id", "one"], id="tag without tags"),
        pytest.param(["--action", "delete"], id="delete without a run"),
        pytest.param(["--action", "burn"], id="unknown action"),
    ],
)
def test_incomplete_wishes_are_usage_errors(run_cli, root, make_run, arguments):
    make_run("one")

    assert run_cli("manage", "--storage", root, *arguments).exit_code == 2


def test_managing_an_unknown_run_is_an_error(run_cli, root):
    for arguments in (["tag", "--tags", "x"], ["delete", "--yes"]):
        result = run_cli("manage", "--action", *arguments, "--run-id", "nothing", "--storage", root)
        assert (result.exit_code, result.stderr) == (1, "Error: Run nothing not found\n")


def test_a_pinned_run_needs_force(run_cli, root, make_run, ids):
    folder = make_run("one")
    (folder / "labels.json").write_text('{"pinned": true}')
    delete = ("manage", "--action", "delete", "--run-id", "one", "--yes", "--storage", root)

    assert "pinned" in run_cli(*delete).stderr
    assert ids() == ["one"]
    assert run_cli(*delete, "--force").exit_code == 0
    assert ids() == []


@pytest.mark.parametrize(
    "command", [["manage", "--action", "cleanup", "--days", "30"], ["clean", "--older-than", "30"]]
)
def test_old_runs_go_to_the_bin_after_a_question(run_cli, root, make_run, ids, command):
    for run_id, labels in (("old", "{}"), ("kept", '{"pinned": true}')):
        folder = make_run(run_id)
        (folder / "labels.json").write_text(labels)
        age(folder, 40)
    age(make_run("live", status="running", meta={"pid": os.getpid(), "hostname": socket.gethostname()}), 40)
    make_run("new")

    assert run_cli(*command, "--dry-run", "--storage", root).exit_code == 0
    assert run_cli(*command, "--storage", root, input="n\n").exit_code == 1
    assert ids() == ["kept", "live", "new", "old"]

    assert run_cli(*command, "--storage", root, input="y\n").exit_code == 0
    assert ids() == ["kept", "live", "new"]


def clean(run_cli, root, *arguments):
    result = run_cli("clean", "--storage", root, "--json", *arguments)
    assert result.exit_code == 0, result.stderr
    (done,) = json.loads(result.stdout)["results"]
    return done["count"], done["freed_bytes"]


def test_zombies_are_marked_failed(run_cli, root, make_run):
    elsewhere = {"hostname": "gpu-box", "pid": 1}
    old = {"status": "running", "started_at": time.time() - 3 * 86400}
    new = {"status": "running", "started_at": time.time() - 86400}
    zombie = make_run("zombie", status=old, meta=elsewhere)
    recent = make_run("recent", status=new, meta=elsewhere)
    alive = make_run("alive", status=old, meta={"pid": os.getpid(), "hostname": socket.gethostname()})

    assert clean(run_cli, root, "--zombie", "--dry-run") == (1, 0)
    assert find_object(zombie / "status.json")["status"] == "running"
    assert clean(run_cli, root, "--zombie") == (1, 0)

    assert find_object(zombie / "status.json")["status"] == "failed"
    assert find_object(recent / "status.json")["status"] == "running"
    assert find_object(alive / "status.json")["status"] == "running"


def test_leftovers_of_killed_writers_go_after_a_day(run_cli, root, make_run):
    folder = make_run("one")
    (folder / ".meta.json.1.2.tmp").write_bytes(b"x" * 100)
    (folder / "mine.tmp").write_bytes(b"x" * 100)
    age(folder, 2)
    (folder / ".status.json.1.2.tmp").write_bytes(b"being written")
    (root / ".runicorn" / "trash" / "left.1234").mkdir(parents=True)
    (root / ".runicorn" / "trash" / "left.1234" / "events.jsonl").write_bytes(b"x" * 50)

    assert clean(run_cli, root, "--temp", "--dry-run") == (2, 150)
    assert clean(run_cli, root, "--temp") == (2, 150)
    assert clean(run_cli, root, "--temp") == (0, 0)
    assert (folder / "mine.tmp").exists()
    assert (folder / ".status.json.1.2.tmp").exists()


def test_the_cache_is_made_anew(run_cli, root, make_run, metrics):
    from runicorn.config import cache_dir

    make_run("one", events=[metrics(1, loss=0.5)])
    folder = cache_dir(root)
    folder.mkdir(parents=True)
    (folder / "anything").write_bytes(b"x" * 1000)

    assert clean(run_cli, root, "--cache", "--dry-run")[1] >= 1000
    assert folder.exists()
    assert clean(run_cli, root, "--cache")[1] >= 1000
    assert not folder.exists()
    assert json.loads(run_cli("sql", "SELECT value FROM metrics", "--storage", root, "--json").stdout) == [
        {"value": 0.5}
    ]


def test_contents_no_version_needs_are_removed(run_cli, published_root):
    orphan = published_root / "artifacts" / ".dedup" / "ab" / ("ab" + "0" * 62)
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"x" * 77)
    before = sorted(path for path in published_root.rglob("*") if path.is_file() and path != orphan)

    assert clean(run_cli, published_root, "--dedup", "--dry-run") == (1, 77)
    assert orphan.exists()
    assert clean(run_cli, published_root, "--dedup") == (1, 77)
    assert sorted(path for path in published_root.rglob("*") if path.is_file()) == before


def test_the_bin_is_emptied_after_a_question(run_cli, root, make_run):
    folder = make_run("one", logs="x" * 5000)
    run_cli("delete", "one", "--storage", root)

    assert run_cli("clean", "--bin", "--storage", root, input="n\n").exit_code == 1
    assert folder.exists()
    count, freed = clean(run_cli, root, "--bin", "--force")
    assert count == 1
    assert freed > 5000
    assert not folder.exists()


def test_cleaning_nothing_in_particular_is_a_usage_error(run_cli, root):
    assert run_cli("clean", "--storage", root).exit_code == 2
