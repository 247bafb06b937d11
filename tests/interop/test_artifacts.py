"""Artifacts that the published package and this one write in turn, into one storage root."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import runicorn
from runicorn.sdk.run import Run
from runicorn.storage.artifacts import evaluations, stages, versions
from runicorn.storage.artifacts.contents import STAGING
from runicorn.storage.artifacts.paths import get_artifact

THREE_VERSIONS = """
run = start("20250601_120000_a1b2c3")
answer["made"] = [log(run, "net", f"content {k}") for k in (1, 2, 3)]
run.finish()
"""
GOES_ON = """
run = start()
answer["used"] = run.use_artifact("net:latest").version
answer["made"] = log(run, "net", "more")
again = run.use_artifact("net:latest")
answer["text"] = (again.download() / "w.txt").read_text()
answer["version"] = again.version
run.finish()
"""


def net(root, number):
    return get_artifact(root, "net").version(number)


def die_before_the_index(root):
    """A writer of ours that is killed between renaming its version and writing the index."""
    folder = get_artifact(root, "net")
    before = folder.index.read_bytes()
    staged = versions.NewVersion("net", "model", references=[versions.ReferenceEntry("s3://x")])
    versions.create_version(root, staged)
    folder.index.write_bytes(before)
    (folder.path / f"{STAGING}0badf00d").mkdir()


def log_ours(root):
    with Run("ours", storage=root, name="base", capture_env=False) as run:
        artifact = runicorn.Artifact("net").add_reference("s3://bucket/x", size=7)
        assert run.log_artifact(artifact) == 4
        run.use_artifact("net:v2")
        run.summary({"acc": 0.5})


CHANGES = {
    "soft delete": (lambda root: versions.soft_delete(net(root, 2)), 3, 4),
    "soft delete of the newest": (lambda root: versions.soft_delete(net(root, 3)), 3, 4),
    "an old one removed": (lambda root: versions.delete_permanently(net(root, 1)), 3, 4),
    "the newest removed": (lambda root: versions.delete_permanently(net(root, 3)), 2, 4),
    "alias set": (lambda root: versions.set_alias(get_artifact(root, "net"), "best", 1), 3, 4),
    "promoted": (lambda root: stages.promote(net(root, 3), "staging"), 3, 4),
    "evaluated": (lambda root: evaluations.record_evaluation(net(root, 3), {"acc": 0.5}, "passed"), 3, 4),
    "one of ours": (log_ours, 4, 5),
}


@pytest.mark.parametrize(("change", "used", "made"), CHANGES.values(), ids=CHANGES)
def test_their_sdk_goes_on_after_every_change_of_ours(root, theirs, change, used, made):
    assert theirs(THREE_VERSIONS)["made"] == [1, 2, 3]
    change(root)
    assert theirs(GOES_ON) == {"used": used, "made": made, "text": "more", "version": made}
    with Run("ours", storage=root, capture_env=False) as run:
        again = run.use_artifact("net:latest")
        assert (again.version, again.get_file_path("w.txt").read_text()) == (made, "more")
        assert run.log_artifact(runicorn.Artifact("net").add_reference("s3://y")) == made + 1


def test_we_go_on_after_a_version_of_ours_that_was_not_entered(root, theirs):
    """Case 68. The next of our writers mends the index, and theirs finds its number free again."""
    theirs(THREE_VERSIONS)
    die_before_the_index(root)
    with Run("ours", storage=root, capture_env=False) as run:
        assert run.use_artifact("net:latest").version == 4
        assert run.log_artifact(runicorn.Artifact("net").add_reference("s3://y")) == 5
    assert theirs(GOES_ON)["made"] == 6


def test_we_mend_what_their_permanent_deletion_broke(root, theirs, their_viewer):
    """Their own SDK can log no version after it, until one of our writers has filled the gap."""
    theirs(THREE_VERSIONS)
    assert their_viewer("DELETE", "/api/artifacts/net/v1?permanent=true")[0] == 200
    with Run("ours", storage=root, capture_env=False) as run:
        assert run.log_artifact(runicorn.Artifact("net").add_reference("s3://y")) == 4
    assert theirs(GOES_ON)["made"] == 5


def test_both_viewers_show_the_same_artifacts(root, theirs, their_viewer, our_viewer):
    theirs(THREE_VERSIONS + "\nrun = start()\nrun.use_artifact('net:v2')\nlog(run, 'data', 'rows', type='dataset')\n")
    log_ours(root)
    versions.set_alias(get_artifact(root, "net"), "best", 1)
    versions.set_alias(get_artifact(root, "net"), "best", 2)
    stages.promote(net(root, 3), "staging")
    evaluations.record_evaluation(net(root, 3), {"acc": 0.5}, "passed")
    versions.soft_delete(net(root, 1))
    same = ["/api/artifacts", "/api/artifacts?type=dataset", "/api/artifacts/net/versions"]
    same += [f"/api/artifacts/net/v{k}{suffix}" for k in (1, 2, 3, 4) for suffix in ("", "/files")]
    same += ["/api/artifacts/net/evaluations", "/api/artifacts/net/performance-history"]
    for path in same:
        status, found = their_viewer("GET", path)
        assert status == 200, (path, found)
        assert_holds(found, our_viewer("GET", path)[1], path)


def test_they_see_what_we_removed_and_we_what_they_did(root, theirs, their_viewer, our_viewer):
    theirs(THREE_VERSIONS)
    versions.delete_permanently(net(root, 2))
    assert their_viewer("GET", "/api/artifacts/net/v2")[0] == 404
    assert their_viewer("GET", "/api/artifacts/net/v1")[0] == 200
    assert their_viewer("DELETE", "/api/artifacts/net/v3?permanent=true")[0] == 200
    assert [row["version"] for row in our_viewer("GET", "/api/artifacts/net/versions")[1]] == [1]
    assert our_viewer("GET", "/api/artifacts")[1][0]["aliases"] == {"latest": 1}
    assert their_viewer("DELETE", "/api/artifacts/net/v1")[0] == 200
    assert our_viewer("GET", "/api/artifacts/net/v1")[1]["status"] == "deleted"


def test_what_their_promotion_broke_is_whole_again_after_ours(root, theirs, their_viewer, our_viewer):
    theirs(THREE_VERSIONS)
    assert their_viewer("POST", "/api/artifacts/net/v1/promote", {"to_stage": "staging"})[0] == 200
    assert their_viewer("GET", "/api/artifacts/net/v1")[0] == 500
    assert our_viewer("GET", "/api/artifacts/net/v1")[1]["lifecycle_stage"] == "staging"
    assert our_viewer("POST", "/api/artifacts/net/v1/promote", {"to_stage": "production"})[0] == 200
    status, found = their_viewer("GET", "/api/artifacts/net/v1")
    assert (status, found["aliases"]) == (200, ["production"])
    assert theirs("run = start()\nanswer['used'] = run.use_artifact('net:production').version\n") == {"used": 1}


def test_their_lineage_shows_our_runs(root, theirs, their_viewer, our_viewer):
    theirs(THREE_VERSIONS)
    log_ours(root)
    path = "/api/artifacts/net/v4/lineage"
    found, ours = their_viewer("GET", path)[1], our_viewer("GET", path)[1]
    assert {node["node_id"] for node in found["nodes"]} <= {node["node_id"] for node in ours["nodes"]}
    assert {"net:v2", "run:20250601_120000_a1b2c3"} <= {node["node_id"] for node in found["nodes"]}


@pytest.mark.slow
def test_writers_of_both_packages_at_once_lose_no_version(root, theirs, tmp_path):
    source = (
        "import sys, runicorn as rn\n"
        "run = rn.init('ours', storage=sys.argv[1], capture_env=False)\n"
        "print([run.log_artifact(rn.Artifact('net').add_reference('s3://x')) for _ in range(15)])\n"
        "run.finish()\n"
    )
    ours = subprocess.Popen([sys.executable, "-P", "-c", source, str(root)], stdout=subprocess.PIPE, text=True)
    made = theirs("run = start()\nanswer['made'] = [log(run, 'net', str(k)) for k in range(15)]\n")["made"]
    output, _ = ours.communicate(timeout=120)
    assert sorted(made + json.loads(output)) == list(range(1, 31))
    index = json.loads((root / "artifacts/model/net/versions.json").read_text())
    assert [row["version"] for row in index["versions"]] == list(range(1, 31))


def assert_holds(expected, found, where):
    """Everything of `expected` is in `found`. Their lists keep `latest` for old versions, and deleted ones "ready"."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            if key == "aliases" and isinstance(value, list):
                assert set(value) - {"latest"} == set(found[key]) - {"latest"}, where
            elif key == "status" and found[key] == "deleted":
                assert value in ("ready", "deleted"), where
            else:
                assert_holds(value, found[key], f"{where} {key}")
    elif isinstance(expected, list):
        assert len(expected) == len(found), where
        for one, other in zip(expected, found, strict=True):
            assert_holds(one, other, where)
    else:
        assert expected == found, where
