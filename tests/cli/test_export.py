"""`export` and `export-data`: what is written follows what was asked for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest

from runicorn.cli.export import default_output, format_of


@pytest.fixture
def two_runs(make_run, metrics):
    make_run("one", config={"lr": 0.1}, events=[metrics(1, loss=0.5), metrics(2, loss=0.25)])
    make_run("two", project="text", name="=1+1", events=[metrics(1, loss=-1.5)])


@pytest.fixture
def export(run_cli, root, two_runs, tmp_path):
    def run(*arguments, **settings):
        return run_cli("export", "--storage", root, *arguments, **settings)

    return run


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("report.html", "html"),
        ("REPORT.HTM", "html"),
        ("runs.tar.gz", "archive"),
        ("runs.tgz", "archive"),
        ("runs.zip", "zip"),
        ("runs.csv", "csv"),
        ("runs.json", "json"),
        ("runs.parquet", "parquet"),
        ("runs.md", "markdown"),
        ("runs.tex", "latex"),
        ("site", "site"),
        ("v1.2", "site"),
    ],
)
def test_the_format_follows_the_name(name, format):
    assert format_of(Path(name)) == format


def test_without_a_name_there_is_a_site_with_the_time_in_its_name():
    assert format_of(None) == "site"
    assert default_output("site").name.startswith("runicorn_export_")
    assert default_output("archive").name.endswith(".tar.gz")
    assert default_output("csv").name.endswith(".csv")


def test_a_site_is_written_and_replaced(export, tmp_path):
    assert export("--out", tmp_path / "site").exit_code == 0
    assert "one" in (tmp_path / "site" / "index.html").read_text()

    assert export("--out", tmp_path / "site", "--run-id", "two").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "site" / "runs").iterdir()) == ["two"]


def test_a_folder_of_somebody_else_is_refused_in_one_line(export, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").touch()

    result = export("--out", tmp_path / "thesis", "--quiet")

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "was not written by runicorn export" in result.stderr


def test_a_single_file_has_the_chosen_runs(export, tmp_path):
    assert export("--single-file", tmp_path / "r.html", "--project", "vision").exit_code == 0

    text = (tmp_path / "r.html").read_text()
    provenance = json.loads(text.rpartition('id="provenance">')[2].partition("</script>")[0])
    assert [run["run_id"] for run in provenance["runs"]] == ["one"]


def test_a_search_chooses_runs(export, tmp_path):
    assert export("--out", tmp_path / "runs.json", "--search", "config.lr = 0.1").exit_code == 0

    assert [row["run_id"] for row in json.loads((tmp_path / "runs.json").read_text())] == ["one"]


def test_two_names_for_the_output_are_a_usage_error(export, tmp_path):
    assert export("--single-file", tmp_path / "a.html", "--out", tmp_path / "b").exit_code == 2


def test_a_table_of_runs_guards_its_cells(export, tmp_path):
    """Case 62."""
    assert export("--out", tmp_path / "runs.csv").exit_code == 0

    rows = {row["run_id"]: row for row in csv.DictReader((tmp_path / "runs.csv").read_text().splitlines())}
    assert rows["two"]["name"] == "'=1+1"
    assert rows["one"]["config.lr"] == "0.1"


def test_a_table_of_metrics_keeps_every_point(export, tmp_path):
    assert export("--out", tmp_path / "points.parquet", "--metrics").exit_code == 0
    assert export("--out", tmp_path / "points.csv", "--metrics").exit_code == 0

    points = duckdb.read_parquet(str(tmp_path / "points.parquet"))
    assert sorted(points.project("run_id, metric, step, value").fetchall()) == [
        ("one", "loss", 1, 0.5),
        ("one", "loss", 2, 0.25),
        ("two", "loss", 1, -1.5),
    ]
    assert ["two", "text", "'=1+1", "loss", "1", "1748779201.0", "-1.5"] in list(
        csv.reader((tmp_path / "points.csv").read_text().splitlines())
    )


def test_an_unknown_run_exports_nothing(export, tmp_path):
    result = export("--run-id", "one", "--run-id", "nothing", "--out", tmp_path / "site")

    assert (result.exit_code, result.stderr) == (1, "Error: Run nothing not found\n")
    assert not (tmp_path / "site").exists()


def test_no_match_is_said_so(export, tmp_path):
    result = export("--project", "nothing", "--out", tmp_path / "site")

    assert (result.exit_code, result.stdout) == (0, "No runs matched the given filters.\n")
    assert not (tmp_path / "site").exists()


def test_progress_goes_to_a_terminal_alone(run_process, run_terminal, root, two_runs, tmp_path):
    done = run_process("export", "--storage", root, "--out", tmp_path / "a")

    assert done.stderr == f"Exporting 2 run(s) to {tmp_path / 'a'} ...\nDone.\n"
    assert done.stdout == ""
    assert "2/2" in run_terminal("export", "--storage", root, "--out", tmp_path / "b")


@pytest.fixture
def export_data(run_cli, root, two_runs):
    def run(*arguments):
        return run_cli("export-data", "--storage", root, "--run-id", "one", *arguments)

    return run


def test_the_metrics_of_a_run_go_to_standard_output(export_data):
    lines = export_data().stdout.splitlines()

    assert lines[-3:] == ["global_step,time,loss", "1,1748779201.0,0.5", "2,1748779202.0,0.25"]
    assert lines[0].startswith("# Runicorn Export - ")


@pytest.mark.parametrize("format", ["markdown", "html"])
def test_a_report_goes_to_a_file_of_the_runs_name(export_data, monkeypatch, tmp_path, format):
    monkeypatch.chdir(tmp_path)

    assert export_data("--format", format).exit_code == 0
    assert "Experiment Report" in (tmp_path / f"one_report.{format}").read_text()


def test_a_run_without_metrics_has_no_csv(run_cli, root, make_run):
    make_run("empty")

    result = run_cli("export-data", "--storage", root, "--run-id", "empty")
    assert (result.exit_code, result.stderr) == (1, "Error: No metrics to export\n")
