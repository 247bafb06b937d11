"""`artifacts` on what the published package stored."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def artifacts(run_cli, published_root):
    def run(*arguments, **settings):
        return run_cli("artifacts", "--storage", published_root, *arguments, **settings)

    return run


def answer(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_the_list_has_every_type(artifacts):
    rows = answer(artifacts("--action", "list", "--json"))

    assert {row["name"] for row in rows} >= {
        "small-net",
        "toy-digits",
        "web-corpus",
        "train-config",
        "export-small-net",
    }
    assert [row["name"] for row in answer(artifacts("--action", "list", "--type", "config", "--json"))] == [
        "train-config"
    ]
    assert artifacts("--action", "list").stdout.startswith("Found 5 artifact(s):\n")


def test_an_empty_root_has_no_artifacts(run_cli, root):
    assert run_cli("artifacts", "--action", "list", "--storage", root).stdout == "No artifacts found.\n"


def test_info_needs_no_type(artifacts):
    assert answer(artifacts("--action", "info", "--name", "small-net", "--json"))["version"] == 3
    for version in ("2", "v2", "production"):
        facts = answer(artifacts("--action", "info", "--name", "small-net", "--version", version, "--json"))
        assert (facts["version"], facts["type"]) == (2, "model")
    assert "manifest_digest" in artifacts("--action", "info", "--name", "small-net").stdout


def test_an_alias_moves_and_goes(artifacts):
    def aliases():
        rows = answer(artifacts("--action", "versions", "--name", "small-net", "--json"))
        return {row["version"]: row["aliases"] for row in rows}

    artifacts("alias", "set", "small-net", "v1", "best")
    assert aliases()[1] == ["best"]
    artifacts("alias", "set", "small-net", "v3", "best")
    assert (aliases()[1], set(aliases()[3])) == ([], {"best", "latest"})
    assert artifacts("alias", "remove", "small-net", "best").exit_code == 0
    assert aliases()[3] == ["latest"]
    assert artifacts("alias", "remove", "small-net", "best").exit_code == 1
    assert artifacts("alias", "set", "small-net", "three", "best").exit_code == 2
    assert artifacts("alias", "set", "small-net", "v3", "v9").exit_code == 1


def test_the_stats_count_files(artifacts):
    stats = answer(artifacts("--action", "stats", "--json"))

    assert (stats["total_artifacts"], stats["total_versions"], stats["total_files"]) == (5, 8, 9)


def test_a_changed_byte_is_found(artifacts, published_root):
    assert answer(artifacts("--action", "verify", "--name", "small-net", "--json"))["damaged"] == []
    (path,) = answer(artifacts("--action", "files", "--name", "small-net", "--version", "2", "--json"))["files"]
    file = published_root / "artifacts" / "model" / "small-net" / "v2" / "files" / path["path"]
    file.chmod(0o644)
    file.write_bytes(b"?" + file.read_bytes()[1:])

    result = artifacts("--action", "verify", "--name", "small-net", "--version", "2")
    assert result.exit_code == 1
    assert path["path"] in result.stderr


def test_a_version_is_fetched(artifacts, tmp_path):
    assert artifacts("--action", "download", "--name", "train-config", "--output", tmp_path / "out").exit_code == 0

    assert [path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file()] == [8]


def test_deleting_asks_and_can_be_undone(artifacts, published_root):
    folder = published_root / "artifacts" / "model" / "small-net" / "v3"
    delete = ("--action", "delete", "--name", "small-net", "--version", "3")

    assert artifacts(*delete, "--dry-run").exit_code == 0
    assert artifacts(*delete, input="n\n").exit_code == 1
    assert not (folder / ".deleted").exists()
    assert artifacts(*delete, input="y\n").exit_code == 0
    assert (folder / ".deleted").exists()
    assert artifacts("--action", "restore", "--name", "small-net", "--version", "3").exit_code == 0
    assert not (folder / ".deleted").exists()


def test_a_permanent_deletion_frees_what_it_says(artifacts, published_root):
    def used():
        inodes = {
            (path.stat().st_ino, path.stat().st_size) for path in published_root.rglob("*/files/**/*") if path.is_file()
        }
        return sum(size for _, size in inodes)

    folder = published_root / "artifacts" / "config" / "train-config" / "v1"
    delete = ("--action", "delete", "--name", "train-config", "--version", "1", "--permanent", "--yes", "--json")
    before = used()
    facts = answer(artifacts(*delete))

    assert facts["deleted"] == "train-config:v1"
    assert facts["freed_bytes"] >= before - used() == 8
    assert not folder.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no action"),
        pytest.param(["--action", "info"], id="no name"),
        pytest.param(["--action", "delete", "--name", "small-net"], id="delete without a version"),
        pytest.param(["alias"], id="alias alone"),
    ],
)
def test_incomplete_wishes_are_usage_errors(artifacts, arguments):
    assert artifacts(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments", [["--name", "nothing"], ["--name", "small-net", "--version", "9"], ["--name", "../x"]]
)
def test_unknown_artifacts_are_said_so(artifacts, arguments):
    result = artifacts("--action", "info", *arguments)

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
