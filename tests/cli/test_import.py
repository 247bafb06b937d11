from __future__ import annotations

import json
import os
import tarfile

import pytest


@pytest.fixture(params=["runs.tar.gz", "runs.zip"])
def archive(request, run_cli, root, make_run, metrics, tmp_path):
    make_run("one", events=[metrics(1, loss=0.5)], logs="hello\n")
    make_run("two", project="text")
    assert run_cli("export", "--storage", root, "--out", tmp_path / request.param).exit_code == 0
    return tmp_path / request.param


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_went_out_comes_in_byte_for_byte(run_cli, root, archive, tmp_path):
    answer = json.loads(run_cli("import", archive, "--storage", tmp_path / "other", "--json").stdout)

    assert sorted(answer["new_run_ids"]) == ["one", "two"]
    assert answer["imported_files"] == 6
    assert contents(tmp_path / "other") == contents(root)


def test_the_words_of_the_published_package(run_cli, archive, tmp_path):
    result = run_cli("import", "--archive", archive, "--storage", tmp_path / "other")

    assert result.stdout.splitlines()[0] == f"Imported 6 files into {tmp_path / 'other'}"


def test_a_rehearsal_changes_nothing(run_cli, archive, tmp_path):
    (tmp_path / "other").mkdir()

    assert run_cli("import", archive, "--dry-run", "--storage", tmp_path / "other").stdout.startswith(
        "Would import 6 files"
    )
    assert contents(tmp_path / "other") == {}
    assert run_cli("import", archive, "--dry-run", "--storage", tmp_path / "missing").exit_code == 4


def test_a_run_that_is_there_refuses_the_whole_archive(run_cli, root, archive):
    """Case 66."""
    (root / "text" / "base" / "runs" / "two" / "meta.json").unlink()
    os.rename(root / "vision", root / "moved")
    before = contents(root)

    result = run_cli("import", archive, "--storage", root)

    assert result.exit_code == 1
    assert "two" in result.stderr
    assert contents(root) == before


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04broken"], ids=repr)
def test_what_is_no_archive_is_said_so(run_cli, root, tmp_path, content):
    (tmp_path / "x.tar.gz").write_bytes(content)

    result = run_cli("import", tmp_path / "x.tar.gz", "--storage", root)

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert contents(root) == {}


def test_one_archive_must_be_named(run_cli, root, archive):
    assert run_cli("import", "--storage", root).exit_code == 2
    assert run_cli("import", archive, "--archive", archive, "--storage", root).exit_code == 2
    assert run_cli("import", archive, "--overwrite", "--storage", root).exit_code == 2


def test_artifacts_go_along_when_asked(run_cli, published_root, tmp_path):
    for name, arguments in (("with.tar.gz", ["--include-artifacts"]), ("without.tar.gz", [])):
        run_cli("export", "--storage", published_root, "--out", tmp_path / name, *arguments)

    def artifacts(name):
        with tarfile.open(tmp_path / name) as archive:
            return [member for member in archive.getnames() if member.startswith("artifacts/")]

    assert artifacts("without.tar.gz") == []
    assert any(name.startswith("artifacts/model/small-net/v3/files/") for name in artifacts("with.tar.gz"))
