from __future__ import annotations

import pytest

from runicorn.errors import Conflict, InvalidInput
from runicorn.export.destination import MARKER, replacing_folder, replacing_page
from runicorn.storage.documents import write_json


def write_folder(folder, name="page.html", text="first"):
    with replacing_folder(folder) as staging:
        (staging / name).write_text(text)
        write_json(staging / MARKER, {"written": [name]})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_export_is_replaced_whole(tmp_path):
    write_folder(tmp_path / "site")
    write_folder(tmp_path / "site", "other.html", "second")

    assert names(tmp_path / "site") == ["other.html", MARKER]
    assert names(tmp_path) == ["site"]


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "site").mkdir()
    write_folder(tmp_path / "site")

    assert names(tmp_path / "site") == ["page.html", MARKER]


@pytest.mark.parametrize("marker", [None, "{}", "[]", '{"written": "all"}', "{half"], ids=str)
def test_a_folder_it_did_not_write_is_left_alone(tmp_path, marker):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    if marker is not None:
        (tmp_path / "thesis" / MARKER).write_text(marker)

    with pytest.raises(Conflict, match="Nothing was written"):
        write_folder(tmp_path / "thesis")

    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"
    assert names(tmp_path) == ["thesis"]


def test_a_file_somebody_added_to_an_export_keeps_it(tmp_path):
    write_folder(tmp_path / "site")
    (tmp_path / "site" / "notes.txt").write_text("mine")

    with pytest.raises(Conflict, match=r"notes\.txt"):
        write_folder(tmp_path / "site")
    assert (tmp_path / "site" / "notes.txt").read_text() == "mine"


def test_a_link_is_not_followed(tmp_path):
    write_folder(tmp_path / "site")
    (tmp_path / "link").symlink_to(tmp_path / "site")

    with pytest.raises(Conflict):
        write_folder(tmp_path / "link")


def test_a_failure_leaves_the_old_export_and_nothing_beside_it(tmp_path):
    write_folder(tmp_path / "site")

    with pytest.raises(ZeroDivisionError), replacing_folder(tmp_path / "site") as staging:
        (staging / "page.html").write_text("half")
        1 / 0  # noqa: B018

    assert (tmp_path / "site" / "page.html").read_text() == "first"
    assert names(tmp_path) == ["site"]


def write_file(path, text='<meta name="generator" content="Runicorn 1">'):
    with replacing_page(path) as staging:
        staging.write_text(text)


def test_an_exported_file_is_replaced_and_another_is_not(tmp_path):
    write_file(tmp_path / "new" / "report.html")
    write_file(tmp_path / "new" / "report.html", "second")
    assert (tmp_path / "new" / "report.html").read_text() == "second"

    (tmp_path / "mine.html").write_text("<p>mine</p>")
    with pytest.raises(Conflict, match="Nothing was written"):
        write_file(tmp_path / "mine.html")
    assert (tmp_path / "mine.html").read_text() == "<p>mine</p>"

    with pytest.raises(InvalidInput):
        write_file(tmp_path / "new")
    assert names(tmp_path) == ["mine.html", "new"]
