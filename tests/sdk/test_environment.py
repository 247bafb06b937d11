"""What a run remembers of where it ran, and its code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading

import pytest

from runicorn import EnvironmentCapture, EnvironmentInfo
from runicorn.sdk import environment, git
from runicorn.sdk.code import list_source_files
from runicorn.sdk.environment import choose_variables, mask_arguments
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.paths import get_artifact

DOCUMENTED = {
    "python_version",
    "platform",
    "platform_details",
    "pip_packages",
    "conda_packages",
    "conda_env",
    "git_info",
    "env_variables",
    "gpu_info",
}


@pytest.fixture(autouse=True)
def patient_git(monkeypatch):
    """However busy this machine is, a git that answers at all has the time to."""
    monkeypatch.setattr(git, "TIMEOUT_S", 60.0)


@pytest.fixture
def repository(tmp_path):
    """A git repository with one commit and one change since."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path / "code"
    folder.mkdir()

    def call(*arguments):
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    call("init", "-b", "main")
    call("remote", "add", "origin", "https://ada:secret@example.org/code.git")
    (folder / ".gitignore").write_text("ignored.py\n")
    (folder / "train.py").write_text("print(1)\n")
    call("add", ".")
    call("commit", "-m", "first")
    (folder / "train.py").write_text("print(2)\n")
    (folder / "new.py").write_text("")
    (folder / "ignored.py").write_text("")
    return folder


def wait_for_recorders():
    for thread in threading.enumerate():
        if thread.name == "runicorn-environment":
            thread.join(60)


def test_everything_documented_is_captured():
    info = EnvironmentCapture().capture_all()
    record = info.to_dict()

    assert set(record) >= DOCUMENTED
    assert record["python_version"] == sys.version
    assert any(package.startswith("orjson==") for package in record["pip_packages"])
    assert record["platform_details"]["machine"] == os.uname().machine if hasattr(os, "uname") else True
    assert record["command"]
    assert record["memory_total_bytes"] > 10**6


def test_a_record_is_saved_and_loaded(tmp_path):
    info = EnvironmentInfo(python_version="3.11", env_variables={"A": "ü"})
    info.save(tmp_path / "environment.json")

    assert EnvironmentInfo.load(tmp_path / "environment.json") == info
    assert EnvironmentInfo.load(tmp_path / "none.json") == EnvironmentInfo()


def test_git_is_asked_for_the_commit_and_what_changed(repository):
    info = git.read_git_info(repository)

    assert len(info.pop("commit")) == 40
    assert info == {
        "branch": "main",
        "has_changes": True,
        "changed_files_count": 2,
        "remote": "https://***@example.org/code.git",
        "last_commit_message": "first",
        "last_commit_author": "Ada <ada@example.org>",
    }
    assert b"-print(1)\n+print(2)" in git.read_patch(repository)


def test_without_git_or_a_repository_there_is_no_answer(tmp_path, monkeypatch):
    assert git.read_git_info(tmp_path) is None
    assert git.read_patch(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git.read_git_info(tmp_path) is None


def test_a_git_that_hangs_is_given_up(tmp_path, monkeypatch):
    program = tmp_path / "git"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(3600)\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(git, "TIMEOUT_S", 0.2)

    assert git.run_git(tmp_path, "status") is None


def test_a_question_that_fails_is_answered_by_none(monkeypatch):
    monkeypatch.setattr(environment, "list_packages", lambda: 1 / 0)
    monkeypatch.setattr(environment, "read_gpus", lambda: 1 / 0)

    info = EnvironmentCapture().capture_all()

    assert info.pip_packages is None
    assert info.gpu_info is None
    assert info.python_version


def test_variables_are_chosen_masked_and_cut():
    chosen = choose_variables(
        [
            ("CUDA_VISIBLE_DEVICES", "0"),
            ("PATH", "x" * 1000),
            ("RUNICORN_VIEWER_TOKEN", "hunter2"),
            ("CONDA_TOKEN", "hunter2"),
            ("TF_PROXY", "http://me:hunter2@proxy"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("HOME", "/home/me"),
        ]
    )

    assert chosen == {
        "CUDA_VISIBLE_DEVICES": "0",
        "PATH": "x" * 500,
        "RUNICORN_VIEWER_TOKEN": "***",
        "CONDA_TOKEN": "***",
        "TF_PROXY": "http://***@proxy",
    }


def test_the_command_of_a_spawned_process_is_that_of_its_parent(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["train.py", "--lr", "1"])
    monkeypatch.setattr(sys, "orig_argv", ["python", "-c", "spawn_main(pipe_handle=6)", "--multiprocessing-fork"])

    assert EnvironmentCapture().capture_all().command == [sys.executable, "train.py", "--lr", "1"]


def test_secrets_of_a_command_line_are_masked():
    command = ["train.py", "--lr", "0.1", "--api-key", "hunter2", "--token=hunter2", "--auth", "--fast", "u://a:b@c"]

    masked = ["train.py", "--lr", "0.1", "--api-key", "***", "--token=***", "--auth", "--fast", "u://***@c"]
    assert mask_arguments(command) == masked


def test_a_run_records_its_environment_and_patch_in_the_background(start, repository, monkeypatch, read_document):
    monkeypatch.chdir(repository)
    begun = threading.Event()
    capture = environment.EnvironmentCapture.capture_all
    monkeypatch.setattr(environment.EnvironmentCapture, "capture_all", lambda self: begun.wait(60) and capture(self))
    run = start(capture_env=True)
    assert not (run.run_dir / "environment.json").exists()
    begun.set()
    wait_for_recorders()

    record = read_document(run.run_dir, "environment.json")
    assert record["git_info"]["branch"] == "main"
    assert record["working_dir"] == str(repository)
    assert b"+print(2)" in (run.run_dir / "git.patch").read_bytes()


def test_a_short_script_still_leaves_its_record(script, root, only_run, read_document):
    process = script("run = rn.init('p'); run.finish()")
    output, errors = process.communicate(timeout=300)

    assert (process.returncode, output, errors) == (0, "", "")
    assert read_document(only_run(root), "environment.json")["executable"] == sys.executable


def test_a_run_that_was_removed_meanwhile_is_not_made_again(tmp_path):
    assert environment.capture_for_run(tmp_path / "gone") is None
    assert not (tmp_path / "gone").exists()


def test_source_files_are_what_git_tracks(repository):
    (repository / "data.bin").write_bytes(b"x")
    (repository / "big.py").write_bytes(b"#" * 2_000_000)

    assert list_source_files(repository) == ["new.py", "train.py"]


def test_without_git_source_files_are_what_is_there(tmp_path):
    for name in ("a.py", "b/c.yaml", "b/d.bin", ".hidden/x.py", "venv/lib/y.py", "env/pyvenv.cfg", "env/z.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "link.py").symlink_to(tmp_path / "a.py")

    assert list_source_files(tmp_path) == ["a.py", "b/c.yaml"]


def test_code_is_copied_elsewhere(repository, tmp_path):
    capture = EnvironmentCapture(repository)

    assert capture.capture_code_snapshot(repository, tmp_path / "out") is True
    assert (tmp_path / "out" / "train.py").read_text() == "print(2)\n"
    assert capture.capture_code_snapshot(repository, tmp_path / "none", extensions=[".rs"]) is False
    (tmp_path / "file").write_text("")
    assert capture.capture_code_snapshot(repository, tmp_path / "file") is False


def test_the_code_of_a_run_is_kept_as_an_artifact(start, repository, root, read_document):
    run = start(save_code=repository)
    wait_for_recorders()
    run.finish()

    folder = get_artifact(root, "vision-code")
    assert read_index(folder).resolve("latest") == 1
    created = json.loads((run.run_dir / "artifacts_created.json").read_text())["artifacts"]
    assert [(row["name"], row["type"], row["num_files"]) for row in created] == [("vision-code", "code", 2)]
