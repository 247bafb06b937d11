"""Texts that may and may not become file names; the cases are robustness 38, 42 and 43."""

import re

import pytest

from runicorn.errors import InvalidName
from runicorn.storage import layout, names

REFUSED = [
    pytest.param("", id="empty"),
    pytest.param(".", id="dot"),
    pytest.param("..", id="parent"),
    pytest.param("../x", id="climbs"),
    pytest.param("a/b", id="slash"),
    pytest.param("..\\..\\x", id="backslash"),
    pytest.param("/etc/passwd", id="absolute"),
    pytest.param("\\\\127.0.0.1\\s\\x", id="UNC"),
    pytest.param("C:\\x", id="drive"),
    pytest.param("file::$DATA", id="stream"),
    pytest.param("a\x00b", id="NUL"),
    pytest.param("a\nb", id="line break"),
    pytest.param("CON", id="device"),
    pytest.param("nul.txt", id="device with ending"),
    pytest.param("NUL.tar.gz", id="device with two endings"),
    pytest.param("com\u00b9", id="device with a superscript digit"),
    pytest.param("x.", id="trailing dot"),
    pytest.param("x ", id="trailing space"),
    pytest.param("a" * 300, id="300 characters"),
    pytest.param("\ud800", id="lone surrogate"),
    pytest.param(7, id="number"),
    pytest.param(None, id="null"),
]


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("check", [names.check_project, names.check_experiment, names.check_run_id])
def test_a_name_that_is_no_safe_folder_is_refused(check, name):
    with pytest.raises(InvalidName):
        check(name)


@pytest.mark.parametrize("name", ["vision", "misc data", "语音", "a.b-c_d", "naïve", "run #7 (best)", "🙂"])
def test_ordinary_names_pass_unchanged(name):
    assert names.check_project(name) == name


@pytest.mark.parametrize("name", ["runs", "Runs", "webui", "artifacts", ".git"])
def test_folders_the_root_uses_itself_are_no_projects(name):
    with pytest.raises(InvalidName):
        names.check_project(name)


def test_two_spellings_of_one_name_become_the_same_folder():
    assert names.check_project("cafe\u0301") == names.check_project("caf\u00e9")


def test_new_run_ids_have_the_documented_pattern_and_differ():
    made = {names.new_run_id() for _ in range(200)}

    assert len(made) == 200
    assert all(layout.RUN_ID.match(run_id) for run_id in made)
    assert all(re.fullmatch(r"[a-z0-9_]+", run_id) for run_id in made)


@pytest.mark.parametrize(
    "relative", ["../secret", "/etc/passwd", "a/../../secret", "a\\b", "", ".", "link/secret", "link", "folder"]
)
def test_a_path_that_leaves_its_folder_or_is_no_file_resolves_to_nothing(tmp_path, relative):
    (tmp_path / "secret").write_text("x")
    inside = tmp_path / "inside"
    (inside / "folder").mkdir(parents=True)
    (inside / "link").symlink_to(tmp_path)

    assert names.resolve_below(inside, relative) is None


def test_a_plain_file_inside_resolves(tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.png").write_bytes(b"x")

    assert names.resolve_below(tmp_path, "media/a.png") == tmp_path / "media" / "a.png"
