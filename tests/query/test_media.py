"""Samples of every kind, listed and read; what is damaged or hostile becomes a note."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runicorn
from runicorn.query import MediaRecord, Reader
from runicorn.query.samples import MAX_CELL, MAX_COLUMNS, MAX_ROWS, read_histogram, read_table, read_text

ID = "20250601_120000_a1b2c3"


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"ts": 100.0, "type": kind, "data": {"key": "k", "step": 1, "caption": None, **data}}


@pytest.fixture
def sample(tmp_path: Path) -> Callable[..., MediaRecord]:
    """Make a record, of a file with this content when there is one."""

    def make(kind: str, content: bytes | None = None, *, name: str = "s.csv", **data: Any) -> MediaRecord:
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        return MediaRecord(kind, "k", f"media/{name}", 1, None, None, None if content is None else file, data)

    return make


def test_what_the_sdk_logs_is_listed_with_its_kind(root: Path, reader: Reader):
    with runicorn.init("vision", storage=str(root)) as run:
        run.log(
            {
                "rows": runicorn.Table([[1, "a"], [2.5, "b"]], columns=["n", "name"]),
                "weights": runicorn.Histogram([0.0, 1.0, 1.0, float("nan")], bins=2),
                "said": runicorn.Text("hello"),
                "page": runicorn.Html("<b>bold</b>"),
                "beep": runicorn.Audio([0.0, 0.5, -0.5], sample_rate=8000),
                "seen": runicorn.Image(b"\x89PNG"),
            },
            step=3,
        )
    record = reader.runs.get(run.id)
    found = {media.key: media for media in reader.media.list(record)}
    kinds = {"rows": "table", "weights": "histogram", "said": "text", "page": "html", "beep": "audio", "seen": "image"}
    assert {key: media.kind for key, media in found.items()} == kinds
    assert {media.step for media in found.values()} == {3}
    assert [media.key for media in reader.media.list(record, ["image"])] == ["seen"]
    table = read_table(found["rows"])
    assert (table.columns, table.rows, table.total) == (("n", "name"), (("1", "a"), ("2.5", "b")), 2)
    bins = read_histogram(found["weights"])
    assert (bins.counts, bins.edges, bins.nonfinite) == ((1, 2), (0.0, 0.5, 1.0), 1)
    assert read_text(found["said"]).text == "hello"


def test_a_file_outside_the_run_is_no_file(make_run: Callable[..., Path], reader: Reader):
    """Cases 38 and 41."""
    events = [event("text", path=path) for path in ("../secret", "/etc/passwd", "media/link", "media/none", "a\0b")]
    odd = [event("text", path=7), event("table"), event("histogram"), {"type": ["text"]}]
    folder = make_run(ID, events=[*events, *odd])
    (folder / "media").mkdir(exist_ok=True)
    (folder / "media" / "link").symlink_to(os.devnull)
    listed = reader.media.list(reader.runs.get(ID))
    assert [media.kind for media in listed] == ["text"] * 5 + ["histogram"]
    assert {media.file for media in listed} == {None}
    assert "missing" in read_text(listed[0]).problem


def test_only_the_first_rows_of_a_table_are_given(sample: Callable[..., MediaRecord]):
    content = "a,b\n" + "".join(f"{n},x\n" for n in range(MAX_ROWS + 50))
    table = read_table(sample("table", content.encode()))
    assert (len(table.rows), table.rows[-1][0], table.total) == (MAX_ROWS, str(MAX_ROWS - 1), MAX_ROWS + 50)


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        (b"", (), ()),
        (b"a,b\n1\n1,2,3\n", ("a", "b"), (("1", ""), ("1", "2"))),
        (b'a\n"two\nlines"\n', ("a",), (("two\nlines",),)),
        (b"\xff\xfe\n\0\n", ("\ufffd\ufffd",), (("\0",),)),
    ],
)
def test_odd_tables_are_read(sample: Callable[..., MediaRecord], content: bytes, columns: tuple, rows: tuple):
    table = read_table(sample("table", content))
    assert (table.columns, table.rows) == (columns, rows)


def test_a_hostile_table_is_cut(sample: Callable[..., MediaRecord]):
    wide = read_table(sample("table", b",".join([b"c" * 700] * 3000) + b"\n", row_count=-1))
    assert (len(wide.columns), len(wide.columns[0])) == (MAX_COLUMNS, MAX_CELL + 1)
    assert wide.total == 0
    huge = read_table(sample("table", b"a\n1\n" + b"x" * 200_000 + b"\n2\n"))
    assert (huge.rows, huge.total) == ((("1",),), None)
    assert "damaged after row 1" in huge.problem
    endless = read_table(sample("table", b"a\n" + b"1234567\n" * 700_000))
    assert (len(endless.rows), endless.total, endless.problem) == (MAX_ROWS, None, "")


def test_a_parquet_table_tells_its_columns(sample: Callable[..., MediaRecord]):
    table = read_table(sample("table", b"PAR1", name="s.parquet", columns=["a", 2], row_count=9))
    assert (table.columns, table.rows, table.total) == (("a", "2"), (), 9)
    assert "Parquet" in table.problem


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"counts": [1], "edges": [0]},
        {"counts": [], "edges": [0]},
        {"counts": ["1"], "edges": [0, 1]},
        {"counts": [True], "edges": [0, 1]},
        {"counts": [float("nan")], "edges": [0, 1]},
        {"counts": [10**400], "edges": [0, 1]},
        {"counts": [-1], "edges": [0, 1]},
        {"counts": [1, 1], "edges": [0, 2, 1]},
        {"counts": [1], "edges": [-1.7e308, 1.7e308]},
        {"counts": [0] * 100_000, "edges": [0] * 100_001},
        {"counts": {"0": 1}, "edges": [0, 1]},
    ],
)
def test_a_damaged_histogram_says_so(sample: Callable[..., MediaRecord], data: dict[str, Any]):
    histogram = read_histogram(sample("histogram", **data))
    assert histogram.counts == ()
    assert "damaged" in histogram.problem


def test_a_long_text_is_cut_and_bad_bytes_stay_text(sample: Callable[..., MediaRecord]):
    text = read_text(sample("text", b"ab\xff" + b"c" * 100), max_bytes=4)
    assert (text.text, text.size, text.truncated) == ("ab\ufffdc", 103, True)


def test_a_file_that_grows_is_searched_on_and_one_written_anew_from_its_start(root: Path, make_run, reader: Reader):
    folder = make_run("grown", events=[event("image", path="media/a.png")])
    events = folder / "events.jsonl"

    def keys() -> list[str]:
        return [record.path for record in reader.media.list(reader.runs.get("grown"))]

    assert keys() == ["media/a.png"]
    with events.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event("image", path="media/b.png")) + "\n" + '{"torn": ')
    assert keys() == ["media/a.png", "media/b.png"]
    with events.open("a", encoding="utf-8") as file:
        file.write("1}\n" + json.dumps(event("text", path="media/c.txt")) + "\n")
    assert keys() == ["media/a.png", "media/b.png", "media/c.txt"]
    text = events.read_text(encoding="utf-8").replace("media/a", "media/x")
    events.write_text(text, encoding="utf-8")
    with events.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event("image", path="media/d.png")) + "\n")
    assert keys()[-1] == "media/d.png"
    events.write_text(json.dumps(event("image", path="media/new.png")) + "\n", encoding="utf-8")
    assert keys() == ["media/new.png"]
    events.unlink()
    assert keys() == []
