"""`Artifact`, `log_artifact` and `use_artifact`."""

import json
import logging
import threading

import pytest

import runicorn
from runicorn.errors import AliasNotFound, ArtifactDamaged, ArtifactNotFound, InvalidInput, InvalidName
from runicorn.sdk import progress
from runicorn.storage.artifacts import versions


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"\x00\x01weights")
    return path


@pytest.fixture
def tree(tmp_path):
    """A folder with files at several depths, one of them a link."""
    folder = tmp_path / "tree"
    for name in ("b.txt", "a.py", "deep/c.py", "deep/__pycache__/c.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "link.txt").symlink_to(folder / "b.txt")
    return folder


def paths(artifact):
    return [entry.path for entry in artifact.get_manifest().files]


def test_the_artifact_is_known_whole_right_after_it_was_logged(start, weights):
    artifact = runicorn.Artifact("net", type="model", description="first", metadata={"layers": 3})
    artifact.add_file(weights).add_metadata({"note": "naïve"}).add_tags("a", "b", "a", "")
    assert (artifact.version, artifact.full_name, artifact.is_loaded) == (None, "net:unstaged", False)
    run = start()

    assert run.log_artifact(artifact) == 1

    assert (artifact.version, artifact.full_name, artifact.is_loaded) == (1, "net:v1", True)
    said = artifact.get_metadata()
    assert (said.metadata, said.description, said.tags) == ({"layers": 3, "note": "naïve"}, "first", ["a", "b"])
    assert (said.created_by_run, said.size_bytes, said.num_files) == (run.id, 9, 1)
    entry = artifact.get_manifest().files[0]
    assert (entry.path, entry.size) == ("weights.bin", 9)
    assert artifact.aliases == ("latest",)
    assert artifact.get_file_path("weights.bin").read_bytes() == weights.read_bytes()


def test_versions_count_up_and_are_found_by_number_and_alias(start, weights):
    run = start()
    first = runicorn.Artifact("net").add_file(weights)
    run.log_artifact(first)
    weights.write_bytes(b"second")
    run.log_artifact(runicorn.Artifact("net").add_file(weights).add_aliases("best"))

    assert run.use_artifact("net:v1").get_file_path("weights.bin").read_bytes() == b"\x00\x01weights"
    for spec in ("net:v2", "net:latest", "net:best"):
        used = run.use_artifact(spec)
        assert (used.version, used.full_name, used.type) == (2, "net:v2", "model")
        assert (used.download() / "weights.bin").read_bytes() == b"second"


def test_what_a_run_makes_and_takes_is_recorded(start, weights, read_document):
    run = start()
    run.log_artifact(runicorn.Artifact("net").add_file(weights).add_reference("s3://x", size=7))
    run.use_artifact("net:v1")
    run.use_artifact("net:latest")
    (created,) = read_document(run.run_dir, "artifacts_created.json")["artifacts"]
    (used,) = read_document(run.run_dir, "artifacts_used.json")["artifacts"]
    assert {key: created[key] for key in ("name", "type", "version", "size_bytes", "num_references")} == {
        "name": "net",
        "type": "model",
        "version": 1,
        "size_bytes": 9,
        "num_references": 1,
    }
    assert (used["name"], used["version"], used["num_files"]) == ("net", 1, 1)


def test_a_folder_is_added_sorted_below_a_prefix_without_what_is_excluded(start, tree):
    artifact = runicorn.Artifact("code", type="code")
    artifact.add_dir(tree, name="src", exclude_patterns=["*.pyc", "link.*"])
    start().log_artifact(artifact)
    assert paths(artifact) == ["src/a.py", "src/b.txt", "src/deep/c.py"]
    everything = runicorn.Artifact("all").add_dir(tree)
    start().log_artifact(everything)
    assert paths(everything) == ["a.py", "b.txt", "deep/__pycache__/c.pyc", "deep/c.py", "link.txt"]
    assert everything.get_file_path("link.txt").read_text() == "b.txt"


def test_a_second_file_of_a_name_is_left_out_with_a_warning(start, weights, tmp_path, caplog):
    other = tmp_path / "other.bin"
    other.write_bytes(b"other")
    artifact = runicorn.Artifact("net").add_file(weights, name="x")
    with caplog.at_level(logging.WARNING, "runicorn"):
        artifact.add_file(other, name="x")
    assert "is there already" in caplog.text
    start().log_artifact(artifact)
    assert artifact.get_file_path("x").read_bytes() == weights.read_bytes()


def test_references_are_named_not_copied(start):
    artifact = runicorn.Artifact("corpus", type="dataset")
    artifact.add_reference("s3://bucket/x", checksum="sha256:ab", size=7, name="train", region="eu")
    assert start().log_artifact(artifact) == 1
    (reference,) = artifact.get_references()
    assert (reference.uri, reference.checksum, reference.size) == ("s3://bucket/x", "sha256:ab", 7)
    assert reference.metadata == {"name": "train", "region": "eu"}
    assert artifact.get_manifest().total_size == 7
    assert list(artifact.download().iterdir()) == []


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "a:b", 'a"b', "a|b", "a*", "a?", "<a", "a>", None, 7, "..", "CON"])
def test_a_name_no_folder_should_have_is_a_value_error(name):
    with pytest.raises(ValueError, match="Invalid artifact name"):
        runicorn.Artifact(name)


def test_types_are_known_words_or_any_folder_name(start, weights):
    assert runicorn.Artifact("x", type="dataset").type is runicorn.ArtifactType.DATASET
    assert runicorn.Artifact("x", type=runicorn.ArtifactType.CODE).type == "code"
    run = start()
    run.log_artifact(runicorn.Artifact("x", type="tokenizer").add_file(weights))
    assert run.use_artifact("x:v1").type == "tokenizer"
    with pytest.raises(InvalidName):
        runicorn.Artifact("x", type="../x")


def test_adding_what_is_not_there_or_of_the_wrong_kind_is_refused(tmp_path, weights):
    artifact = runicorn.Artifact("net")
    with pytest.raises(FileNotFoundError):
        artifact.add_file(tmp_path / "missing")
    with pytest.raises(FileNotFoundError):
        artifact.add_dir(tmp_path / "missing")
    with pytest.raises(ValueError, match="Not a file"):
        artifact.add_file(tmp_path)
    with pytest.raises(ValueError, match="Not a directory"):
        artifact.add_dir(weights)
    for name in ("../x", "/x", "a//b", "nul"):
        with pytest.raises(InvalidName):
            artifact.add_file(weights, name=name)
    for alias in ("latest", "v3"):
        with pytest.raises(InvalidName):
            artifact.add_aliases(alias)


def test_an_artifact_without_contents_is_a_value_error(start):
    with pytest.raises(ValueError, match="no files or references"):
        start().log_artifact(runicorn.Artifact("net"))


def test_a_file_that_vanished_before_logging_is_named(start, weights):
    artifact = runicorn.Artifact("net").add_file(weights)
    weights.unlink()
    with pytest.raises(FileNotFoundError, match=r"weights\.bin"):
        start().log_artifact(artifact)


@pytest.mark.parametrize("spec", ["net", "net:v0", "net:", ":v1", ""])
def test_a_spec_of_another_shape_is_a_value_error(start, spec):
    with pytest.raises(InvalidInput):
        start().use_artifact(spec)


def test_unknown_names_versions_and_aliases_have_errors_of_their_own(start, weights):
    run = start()
    run.log_artifact(runicorn.Artifact("net").add_file(weights))
    with pytest.raises(FileNotFoundError, match="Artifact not found: nothing"):
        run.use_artifact("nothing:v1")
    with pytest.raises(ArtifactNotFound, match="Version not found: net:v9"):
        run.use_artifact("net:v9")
    with pytest.raises(ValueError, match=r"Alias not found: best for artifact net. Available aliases: \['latest'\]"):
        run.use_artifact("net:best")
    with pytest.raises(AliasNotFound):
        run.use_artifact("net:vx")


def test_before_it_is_stored_an_artifact_cannot_be_downloaded(weights):
    artifact = runicorn.Artifact("net").add_file(weights)
    for call in (artifact.download, artifact.verify, lambda: artifact.get_file_path("weights.bin")):
        with pytest.raises(RuntimeError, match="not loaded"):
            call()
    assert (artifact.get_manifest(), artifact.get_metadata()) == (None, None)


def test_only_paths_inside_the_artifact_have_a_place(start, weights):
    artifact = runicorn.Artifact("net").add_file(weights)
    start().log_artifact(artifact)
    assert artifact.get_file_path("missing.bin") is None
    for path in ("../metadata.json", "/etc/passwd", "a/../../x"):
        with pytest.raises(ValueError, match="Invalid file path"):
            artifact.get_file_path(path)


def test_damaged_bytes_are_not_handed_out(start, weights, tmp_path):
    """Case 67."""
    run = start()
    artifact = runicorn.Artifact("net").add_file(weights)
    run.log_artifact(artifact)
    stored = artifact.get_file_path("weights.bin")
    stored.chmod(0o644)
    stored.write_bytes(b"\x00\x01weighty")
    used = run.use_artifact("net:v1")
    assert used.verify() == ["weights.bin"]
    with pytest.raises(ArtifactDamaged):
        used.download(tmp_path / "out")
    with pytest.raises(ArtifactDamaged):
        used.get_file_path("weights.bin")


def test_metadata_json_cannot_hold_is_described(start, weights):
    artifact = runicorn.Artifact("net", metadata={"where": weights, "lock": threading.Lock()}).add_file(weights)
    assert start().log_artifact(artifact) == 1
    said = artifact.get_metadata().metadata
    assert said["where"] == str(weights)
    assert "lock" in said["lock"]


def test_a_disk_that_refuses_does_not_stop_training(start, weights, monkeypatch, caplog):
    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    run, strict = start(), start(strict=True)
    monkeypatch.setattr(versions, "create_version", refuse)
    artifact = runicorn.Artifact("net").add_file(weights)
    with caplog.at_level(logging.WARNING, "runicorn"):
        assert run.log_artifact(artifact) == 0
    assert "Artifact net could not be stored" in caplog.text
    assert not artifact.is_loaded
    with pytest.raises(OSError, match="No space"):
        strict.log_artifact(artifact)


def test_a_run_that_is_switched_off_stores_nothing(start, weights, root):
    run = start(mode="disabled")
    assert run.log_artifact(runicorn.Artifact("net").add_file(weights)) == 0
    assert not (root / "artifacts").exists()


def test_large_work_on_a_terminal_shows_a_progress_bar(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SHOWN_FROM_BYTES", 10)
    with progress.show_progress("Storing net", 100) as advance:
        assert advance is None
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    with progress.show_progress("Storing net", 5) as advance:
        assert advance is None
    with progress.show_progress("Storing net", 100) as advance:
        advance(60)
        advance(40)
    assert "Storing net" in capsys.readouterr().err


def test_an_artifact_logged_by_two_runs_is_stored_once(start, weights, root):
    for _ in range(2):
        start().log_artifact(runicorn.Artifact("net").add_file(weights))
    index = json.loads((root / "artifacts/model/net/versions.json").read_text())
    assert [row["version"] for row in index["versions"]] == [1, 2]
    first, second = (root / "artifacts/model/net" / f"v{k}" / "files" / "weights.bin" for k in (1, 2))
    assert first.stat().st_ino == second.stat().st_ino
