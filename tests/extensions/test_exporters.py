"""One run as CSV, workbook, TensorBoard events and report, by the calls older scripts know."""

from __future__ import annotations

import importlib
import sys

import pytest

from runicorn import MetricsExporter
from runicorn.errors import InvalidInput, RunNotFound


@pytest.fixture
def folder(make_run, metrics):
    return make_run(
        events=[metrics(1, loss=0.5, note="=1+1"), metrics(2, loss=0.25, acc=float("nan"))],
        summary={"best": "<b>"},
    )


def test_metrics_become_csv(folder, tmp_path):
    text = MetricsExporter(folder).to_csv(tmp_path / "out.csv", include_metadata=False)

    assert (tmp_path / "out.csv").read_bytes().decode() == text
    lines = text.splitlines()
    assert lines[0] == "global_step,time,acc,loss,note"
    assert lines[1].split(",")[3:] == ["0.5", "'=1+1"]
    assert lines[2].split(",")[2:4] == ["nan", "0.25"]
    assert MetricsExporter(folder).to_csv().startswith("# Runicorn Export")


def test_a_run_without_events_has_no_csv(make_run):
    assert MetricsExporter(make_run()).to_csv() is None


def test_a_legacy_run_is_exported_too(root, metrics):
    folder = root / "runs" / "20250601_120000_a1b2c3"
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text('{"type": "metrics", "data": {"loss": 1, "step": 1}}\n')

    assert "loss" in MetricsExporter(folder).to_csv()


def test_a_legacy_run_is_told_from_another_of_its_name(tmp_path):
    """`tmp_path/other/root/runs/ID` reads as a project `other` of the root `tmp_path`, too."""
    folders = [tmp_path / place / "root" / "runs" / "20250601_120000_a1b2c3" for place in ("a", "b")]
    for folder, metric in zip(folders, ("loss", "acc"), strict=True):
        folder.mkdir(parents=True)
        (folder / "events.jsonl").write_text(f'{{"type": "metrics", "data": {{"{metric}": 1, "step": 1}}}}\n')

    assert "acc" in MetricsExporter(folders[1]).to_csv()


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunNotFound):
        MetricsExporter(tmp_path / "a/b/c/d/e").to_csv()


@pytest.mark.parametrize(
    ("format", "name", "mark"), [("pdf", "r.md", "# "), ("markdown", "r.pdf", "# "), ("html", "r.pdf", "<!doctype")]
)
def test_reports_are_written(folder, tmp_path, format, name, mark):
    assert MetricsExporter(folder).generate_report(tmp_path / "r.pdf", format=format)

    text = (tmp_path / name).read_text()
    assert text.startswith(mark)
    assert "Metrics Overview" in text
    assert "<b>" not in text or format == "html"


def test_an_unknown_report_is_refused(folder, tmp_path):
    with pytest.raises(InvalidInput):
        MetricsExporter(folder).generate_report(tmp_path / "r", format="docx")


def test_a_workbook_has_the_documented_sheets(folder, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("pandas")
    assert MetricsExporter(folder).to_excel(tmp_path / "out.xlsx")

    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == ["Metrics", "Metadata", "Statistics", "Charts"]
    rows = list(book["Metrics"].values)
    assert rows[0] == ("global_step", "time", "acc", "loss", "note")
    assert rows[1][3:] == (0.5, "'=1+1")
    assert MetricsExporter(folder).to_excel(tmp_path / "plain.xlsx", include_charts=False)
    assert "Charts" not in openpyxl.load_workbook(tmp_path / "plain.xlsx").sheetnames


def test_without_pandas_there_is_no_workbook(folder, tmp_path, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.delitem(sys.modules, "runicorn.extensions.workbook", raising=False)

    assert MetricsExporter(folder).to_excel(tmp_path / "out.xlsx") is False
    assert "pandas and openpyxl" in caplog.text


@pytest.mark.parametrize(
    ("old", "names"),
    [
        ("monitors", ["AlertRule", "MetricMonitor", "AnomalyDetector"]),
        ("experiment", ["ExperimentManager", "ExperimentMetadata"]),
        ("exporters", ["MetricsExporter"]),
        ("environment", ["EnvironmentCapture", "EnvironmentInfo", "capture_for_run"]),
    ],
)
def test_the_old_module_names_lead_to_the_same_classes(old, names):
    module, extension = importlib.import_module(f"runicorn.{old}"), importlib.import_module("runicorn.extensions")

    assert sorted(module.__all__) == sorted(names)
    for name in names:
        assert getattr(module, name) is getattr(extension, name, getattr(module, name))
