"""Metadata is replaced whole or not at all, and whatever else is in a file is told apart from its absence."""

import json
import math
import os
import threading

import pytest

from runicorn.storage import documents
from runicorn.storage.documents import Damaged


def test_what_was_written_is_read_back_with_non_finite_numbers(tmp_path):
    value = {"名": "值", "nan": math.nan, "inf": -math.inf, "big": 2**200, "nested": {"a": [1, None, True]}}
    documents.write_json(tmp_path / "a.json", value)

    read = documents.read_object(tmp_path / "a.json")

    assert math.isnan(read.pop("nan"))
    assert read == {key: kept for key, kept in value.items() if key != "nan"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"name": ', id="cut short"),
        pytest.param(b"[1, 2]", id="not an object"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[" * 20_000, id="20,000 deep"),
    ],
)
def test_a_damaged_document_is_damaged_and_never_an_error_of_another_kind(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)

    with pytest.raises(Damaged):
        documents.read_object(tmp_path / "a.json")
    assert documents.find_object(tmp_path / "a.json") == {}


def test_a_link_a_pipe_and_a_huge_file_are_not_read(tmp_path):
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "link.json").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "huge.json").write_bytes(b"{}" + b" " * 100)

    for name in ("link.json", "pipe.json"):
        with pytest.raises(Damaged):
            documents.read_bytes(tmp_path / name)
    with pytest.raises(Damaged):
        documents.read_bytes(tmp_path / "huge.json", limit=50)


def test_what_json_cannot_hold_leaves_the_old_document(tmp_path):
    documents.write_json(tmp_path / "a.json", {"kept": 1})

    with pytest.raises(TypeError):
        documents.write_json(tmp_path / "a.json", {"lock": threading.Lock()})

    assert documents.read_object(tmp_path / "a.json") == {"kept": 1}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_reader_beside_a_writer_sees_whole_documents_only(tmp_path):
    """Case 13: 2,000 replacements while another thread reads."""
    path = tmp_path / "summary.json"
    documents.write_json(path, {"n": 0, "pad": "x" * 4000})
    seen = []
    done = threading.Event()

    def read():
        while not done.is_set():
            seen.append(json.loads(path.read_bytes())["n"])

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(2000):
        documents.write_json(path, {"n": n, "pad": "x" * 4000}, sync=False)
    done.set()
    reader.join()

    assert seen == sorted(seen)
    assert seen
