from __future__ import annotations

import gzip
import hashlib
import json
import os
import time

import pytest

from runicorn import manifest
from runicorn.errors import TooLarge
from runicorn.manifest import ManifestGenerator, ManifestType


@pytest.fixture
def runs(make_run, metrics):
    folder = make_run("one", events=[metrics(step, loss=step) for step in range(200)], logs="hello\n")
    (folder / "media").mkdir()
    (folder / "media" / "a.png").write_bytes(b"png")
    (folder / "events.jsonl.lock").touch()
    (make_run("gone") / ".deleted").write_text("{}")
    return folder


def test_every_file_of_a_live_run_is_listed(root, runs):
    made, path = ManifestGenerator(root).generate()

    assert path == root / ".runicorn" / "full_manifest.json"
    assert json.loads(path.read_text())["revision"] == made.revision == 1
    assert gzip.decompress(path.with_name("full_manifest.json.gz").read_bytes()) == path.read_bytes()
    (experiment,) = made.experiments
    assert (experiment["run_id"], experiment["project"], experiment["status"]) == ("one", "vision", "finished")
    files = {entry["path"].removeprefix("vision/base/runs/one/"): entry for entry in experiment["files"]}
    assert set(files) == {"meta.json", "status.json", "events.jsonl", "logs.txt", "media/a.png"}
    events = (runs / "events.jsonl").read_bytes()
    assert files["events.jsonl"]["tail_hash"] == hashlib.md5(events[-4096:]).hexdigest()
    assert files["events.jsonl"]["is_append_only"] is True
    assert (files["events.jsonl"]["priority"], files["meta.json"]["priority"]) == (2, 1)
    assert "priority" not in files["media/a.png"]
    assert made.statistics == {
        "total_experiments": 1,
        "total_files": 5,
        "total_bytes": sum(entry["size"] for entry in files.values()),
    }


def test_the_revision_grows_with_changes_alone(root, runs):
    generator = ManifestGenerator(root)
    first = generator.generate()[0]
    assert generator.generate()[0] == first

    (runs / "logs.txt").write_text("more\n")
    assert generator.generate()[0].revision == 2
    assert ManifestGenerator(root, incremental=False).generate()[0].revision == 3


def test_an_active_manifest_holds_what_changed_lately(root, runs, make_run):
    old = make_run("old")
    for path in [*old.iterdir(), old]:
        os.utime(path, (time.time() - 7200,) * 2)

    made, path = ManifestGenerator(root, active_window_seconds=3600).generate(ManifestType.ACTIVE)

    assert [experiment["run_id"] for experiment in made.experiments] == ["one"]
    assert path.name == "active_manifest.json"


def test_a_damaged_manifest_or_state_is_written_anew(root, runs):
    generator = ManifestGenerator(root)
    path = generator.generate()[1]
    path.write_text("{half")
    (path.parent / ".manifest_state.json").write_text("[]")

    assert generator.generate()[0].revision == 1


def test_documents_and_manifests_have_a_limit(root, runs, monkeypatch):
    (runs / "environment.json").write_text(json.dumps({"x": "y" * 2_000_000}))
    made = ManifestGenerator(root).generate()[0]
    assert not any("environment" in entry["path"] for entry in made.experiments[0]["files"])

    monkeypatch.setattr(manifest, "MAX_MANIFEST_BYTES", 100)
    with pytest.raises(TooLarge):
        ManifestGenerator(root, incremental=False).generate()


def test_the_command_writes_where_it_is_told(run_cli, root, runs, tmp_path):
    result = run_cli("generate-manifest", "--root", root, "--output", tmp_path / "m.json")

    assert result.stdout.splitlines()[0] == f"Manifest {tmp_path / 'm.json'}, revision 1:"
    answer = json.loads(run_cli("generate-manifest", "--root", root, "--active", "--json").stdout)
    assert answer["manifest_type"] == "active"
    assert answer["path"].endswith("active_manifest.json")
