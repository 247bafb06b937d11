"""Tags, notes, group, pinned and archived, in labels.json and in the file the published package keeps."""

from __future__ import annotations

import json

import pytest

from runicorn.errors import InvalidInput
from runicorn.storage.labels import Labels, parse_labels, read_labels, write_labels, write_shared_entry
from runicorn.storage.layout import RunFiles

RUN = "20250601_120000_a1b2c3"


@pytest.fixture
def run(make_run):
    return RunFiles(str(make_run(RUN)), "vision", "base")


def shared(root):
    return json.loads((root / ".experiments_metadata.json").read_text())


def test_a_run_without_labels_has_empty_ones(root, run):
    assert read_labels(root, run) == Labels()


def test_changes_are_merged_and_read_back(root, run):
    write_labels(root, run, tags=["b", "a", "b"], notes="first try")
    labels = write_labels(root, run, pinned=True, group="seeds")

    assert labels == read_labels(root, run)
    assert labels == Labels(tags=("b", "a"), notes="first try", group="seeds", pinned=True)
    assert not (root / ".experiments_metadata.json").exists()


def test_a_label_given_as_none_is_taken_away(root, run):
    write_labels(root, run, notes="x", tags=["a"])

    assert write_labels(root, run, notes=None) == Labels(tags=("a",))


def test_unknown_keys_of_labels_json_are_kept(root, run):
    run.labels.write_text('{"colour": "red"}')
    write_labels(root, run, pinned=True)

    assert json.loads(run.labels.read_text())["colour"] == "red"


def test_the_published_file_is_read_where_labels_json_is_silent(root, run):
    write_shared_entry(root, RUN, {"tags": ["old"], "description": "theirs", "archived": True})
    assert read_labels(root, run) == Labels(tags=("old",), notes="theirs", archived=True)

    write_labels(root, run, archived=False, notes="ours")

    assert read_labels(root, run) == Labels(tags=("old",), notes="ours")


def test_the_published_file_is_kept_in_step_when_it_exists(root, run):
    (root / ".experiments_metadata.json").write_text('{"other": {"id": "other", "tags": ["x"]}}')

    write_labels(root, run, tags=["a"], notes="n", pinned=True)

    entry = shared(root)[RUN]
    assert entry["id"] == RUN
    assert (entry["project"], entry["name"]) == ("vision", "base")
    assert (entry["tags"], entry["description"]) == (["a"], "n")
    assert (entry["pinned"], entry["archived"]) == (True, False)
    assert isinstance(entry["created_at"], float)
    assert shared(root)["other"] == {"id": "other", "tags": ["x"]}


def test_a_damaged_published_file_is_not_replaced(root, run):
    (root / ".experiments_metadata.json").write_text("{half")

    write_labels(root, run, tags=["a"])

    assert (root / ".experiments_metadata.json").read_text() == "{half"
    assert read_labels(root, run).tags == ("a",)


def test_an_entry_can_be_dropped_from_the_published_file(root):
    write_shared_entry(root, "a", {"tags": []})
    write_shared_entry(root, "b", {"tags": []})
    write_shared_entry(root, "a", None)

    assert list(shared(root)) == ["b"]


@pytest.mark.parametrize(
    "document",
    [{"tags": 7}, {"tags": "ab"}, {"tags": [1, None, ""]}, {"notes": []}, {"pinned": "yes"}, {"archived": 1}],
)
def test_values_of_the_wrong_type_count_as_not_given(document):
    """Case 12."""
    assert parse_labels(document) == Labels()
    assert parse_labels({}, document) == Labels()


@pytest.mark.parametrize(
    "changes",
    [{"tags": "a"}, {"tags": [1]}, {"tags": [" "]}, {"tags": 7}, {"notes": 3}, {"pinned": 1}, {"colour": "red"}],
)
def test_wrong_changes_are_refused_and_nothing_is_written(root, run, changes):
    with pytest.raises(InvalidInput):
        write_labels(root, run, **changes)
    assert not run.labels.exists()
