"""A static site and a single file: opened from the file system, in a real browser, with every request watched."""

from __future__ import annotations

import hashlib
import json

import pytest

from runicorn._version import __version__
from runicorn.demo.iris import split
from runicorn.demo.network import Network
from runicorn.demo.pictures import draw_regions
from runicorn.export import provenance
from runicorn.export.comparison import whole_comparison
from runicorn.export.single import write_single_file
from runicorn.export.site import write_site
from runicorn.query import Reader

HOSTILE = "</script><script>alert(1)</script>\u2028<img src=x onerror=alert(1)>"


@pytest.fixture
def two_runs(make_run, metrics):
    import numpy as np

    events = [metrics(step, loss=1 / step, acc=step / 50) for step in range(1, 51)]
    events[20]["data"]["loss"] = float("nan")
    image = {"key": "regions", "path": "media/a.png", "step": 3, "caption": "c"}
    folder = make_run(
        "20250601_120000_a1b2c3",
        events=[*events, {"ts": 1.0, "type": "image", "data": image}],
        config={"lr": 0.1},
        summary={"final": 0.25, "best_metric_name": "acc", "best_metric_value": 1.0},
        logs="12:00:00 | hello from the log\n",
    )
    (folder / "media").mkdir()
    network = Network([4, 3], random=np.random.default_rng(0))
    (folder / "media" / "a.png").write_bytes(draw_regions(network, split(0)[0]))
    make_run(
        "20250601_120001_a1b2c4",
        meta={"project": HOSTILE, "name": HOSTILE},
        config={HOSTILE: HOSTILE},
        summary={"final": 0.5},
        events=[metrics(1, **{HOSTILE: 1.0})],
        logs=HOSTILE + "\n",
    )


@pytest.fixture
def site(root, two_runs, tmp_path):
    with Reader(root) as reader:
        write_site(reader, reader.runs.list_runs(), tmp_path / "site")
    return tmp_path / "site"


@pytest.fixture
def single(root, two_runs, tmp_path):
    with Reader(root) as reader:
        write_single_file(reader, reader.runs.list_runs(), tmp_path / "report.html")
    return tmp_path / "report.html"


def test_the_provenance_names_every_file_by_its_hash(site, root):
    marker = json.loads((site / "runicorn-export.json").read_text())

    assert (marker["tool"], marker["version"]) == ("runicorn", __version__)
    run = next(run for run in marker["runs"] if run["run_id"] == "20250601_120000_a1b2c3")
    folder = root / "vision" / "base" / "runs" / run["run_id"]
    assert {file["path"] for file in run["files"]} >= {"events.jsonl", "meta.json", "logs.txt", "media/a.png"}
    for file in run["files"]:
        content = (folder / file["path"]).read_bytes()
        assert (file["size"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    present = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert present - {"runicorn-export.json"} == set(marker["written"])


def test_nothing_says_where_the_author_kept_the_runs(site, single, root):
    texts = [path.read_bytes() for path in site.rglob("*") if path.is_file()]

    assert not any(str(root).encode() in text for text in [*texts, single.read_bytes()])


def test_the_files_of_a_run_are_beside_its_page(site):
    folder = site / "runs" / "20250601_120000_a1b2c3"

    assert (folder / "logs.txt").read_text() == "12:00:00 | hello from the log\n"
    assert (folder / "media" / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("path", ["index.html", "logs.txt", "../../index.html", "/etc/hostname", "media/../../x"])
def test_an_image_named_like_something_else_takes_no_place(root, make_run, tmp_path, path):
    folder = make_run("one", events=[{"ts": 1.0, "type": "image", "data": {"key": "x", "path": path}}], logs="log\n")
    (folder / "index.html").write_text("<script>alert(1)</script>")

    with Reader(root) as reader:
        write_site(reader, reader.runs.list_runs(), tmp_path / "site")

    page = (tmp_path / "site" / "runs" / "one" / "index.html").read_text()
    assert page.startswith("<!doctype html>")
    assert (tmp_path / "site" / "runs" / "one" / "logs.txt").read_text() == "log\n"
    assert not (tmp_path / "x").exists()


def test_without_scripts_the_numbers_are_there(site):
    index = (site / "index.html").read_text()

    assert "20250601_120000_a1b2c3" in index
    assert 'href="runs/20250601_120000_a1b2c3/index.html"' in index


@pytest.mark.browser
def test_the_site_opens_from_the_file_system(site, open_file, tmp_path):
    page = open_file(site / "index.html")
    page.get_by_role("link", name="20250601_120000_a1b2c3").click()
    page.wait_for_url("**/runs/20250601_120000_a1b2c3/index.html")

    page.locator("canvas").first.wait_for()
    assert page.locator("canvas").count() >= 2
    assert "hello from the log" in page.content()
    page.get_by_role("tab", name="Media").click()
    image = page.locator("img[src*='a.png']").first
    image.wait_for()
    assert image.evaluate("image => image.complete && image.naturalWidth") == 240
    page.screenshot(path=tmp_path / "run.png")


@pytest.mark.browser
def test_the_table_of_the_site_sorts_without_a_server(site, open_file):
    page = open_file(site / "index.html")
    rows = page.locator("tbody tr")

    def order():
        return [rows.nth(index).get_attribute("data-run")[-1] for index in range(rows.count())]

    header = page.locator("th", has_text="final")
    header.click()
    first = order()
    header.click()

    assert sorted(first) == ["3", "4"]
    assert order() == first[::-1]


@pytest.mark.browser
@pytest.mark.parametrize("form", ["site", "single"])
def test_the_runs_are_compared_without_a_server(request, open_file, form):
    made = request.getfixturevalue(form)
    page = open_file(made / "index.html" if form == "site" else made)
    page.get_by_role("link", name="Compare", exact=True).click()
    page.locator("canvas").locator("visible=true").first.wait_for()

    assert page.get_by_role("heading", name="2 runs compared").is_visible()
    first = page.locator("[data-column='0']").first
    assert first.is_visible()
    page.locator("[data-show]").first.uncheck()
    assert first.is_hidden()


@pytest.mark.parametrize("count", [1, 51])
def test_one_run_and_very_many_have_no_comparison(root, make_run, tmp_path, count):
    for number in range(count):
        make_run(f"run{number}")
    with Reader(root) as reader:
        write_site(reader, reader.runs.list_runs(), tmp_path / "site")

    assert not (tmp_path / "site" / "compare.html").exists()
    assert 'href="compare.html"' not in (tmp_path / "site" / "index.html").read_text()


def test_the_comparison_has_a_budget_of_points(root, make_run, metrics):
    for name in ("one", "two"):
        make_run(name, events=[metrics(step, loss=1 / step, acc=step) for step in range(1, 2001)])
    with Reader(root) as reader:
        page = whole_comparison(reader, reader.runs.list_runs(), budget=400)
    answers = page["shown"]["chart_data"]["answers"]

    lengths = [len(line["steps"]) for answer in answers for line in answer["series"]]
    assert len(lengths) == 4
    assert sum(lengths) <= 400


@pytest.mark.browser
def test_hostile_names_are_shown_and_never_run(site, single, open_file):
    """Cases 58 and 59."""
    name = HOSTILE.replace("\u2028", "")
    for path in (site / "index.html", site / "runs" / "20250601_120001_a1b2c4" / "index.html", single):
        page = open_file(path)
        page.wait_for_load_state("networkidle")
        text = page.evaluate("document.body.innerText").replace("\u2028", "").replace("\n", "")
        assert name in text
        assert page.locator("img[onerror]").count() == 0


@pytest.mark.browser
def test_the_single_file_has_the_table_and_every_run(single, open_file):
    page = open_file(single)
    page.get_by_role("link", name="20250601_120000_a1b2c3").first.click()
    run = page.locator("#run-20250601_120000_a1b2c3").first
    run.locator("canvas").first.wait_for()

    assert run.locator("canvas").first.is_visible()
    provenance = json.loads(page.locator("#provenance").text_content())
    assert len(provenance["runs"]) == 2


@pytest.mark.browser
def test_one_run_alone_is_the_page(root, two_runs, tmp_path, open_file):
    with Reader(root) as reader:
        write_single_file(reader, [reader.runs.get("20250601_120000_a1b2c3")], tmp_path / "one.html")

    page = open_file(tmp_path / "one.html")
    page.locator("canvas").first.wait_for()
    assert page.locator("canvas").first.is_visible()
    assert "All runs" not in page.evaluate("document.body.innerText")


@pytest.mark.browser
def test_every_run_of_the_published_package_has_a_page(published_root, published_ids, tmp_path, open_file):
    with Reader(published_root) as reader:
        runs = reader.runs.list_runs()
        write_site(reader, runs, tmp_path / "site")

    for run in runs:
        assert f"<h1>{run.id}</h1>" in (tmp_path / "site" / "runs" / run.id / "index.html").read_text()
    for kind in ("nan", "odd"):
        page = open_file(tmp_path / "site" / "runs" / published_ids[kind] / "index.html")
        assert page.locator("h1").inner_text() == published_ids[kind]


def test_a_file_that_cannot_be_read_costs_only_itself(root, two_runs, tmp_path, monkeypatch):
    hash_file = provenance.hash_file

    def refuse(path):
        if path.name == "a.png":
            raise OSError(5, "Input/output error")
        return hash_file(path)

    monkeypatch.setattr(provenance, "hash_file", refuse)
    with Reader(root) as reader:
        write_site(reader, reader.runs.list_runs(), tmp_path / "site")

    marker = json.loads((tmp_path / "site" / "runicorn-export.json").read_text())
    files = {file["path"]: file for run in marker["runs"] for file in run["files"]}
    assert files["media/a.png"] == {"path": "media/a.png", "error": "Input/output error"}
    assert "sha256" in files["events.jsonl"]


def test_of_two_runs_with_one_id_the_first_is_shown(root, make_run, tmp_path):
    make_run("one", project="a")
    make_run("one", project="b")

    with Reader(root) as reader:
        runs = reader.runs.list_runs()
        write_site(reader, runs, tmp_path / "site")
        write_single_file(reader, runs, tmp_path / "one.html")

    marker = json.loads((tmp_path / "site" / "runicorn-export.json").read_text())
    assert [(run["run_id"], run["project"]) for run in marker["runs"]] == [("one", "a")]
