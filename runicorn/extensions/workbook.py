"""One run as an Excel workbook. Importing this needs pandas and openpyxl."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
from openpyxl.chart import LineChart, Reference

from runicorn.export.metrics import find_columns, iter_metrics
from runicorn.export.tables import csv_cell

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord

MAX_CHARTS = 20
_NOT_CHARTED = frozenset({"global_step", "step", "time", "stage"})


def write_workbook(reader: Reader, run: RunRecord, path: Path, *, charts: bool) -> None:
    """Write the sheets Metrics, Metadata, Statistics and, when asked for, Charts. Raises OSError."""
    metrics = _metrics(run)
    facts = [fact for fact in reader.metrics.facts(run) if fact.kind == "number"]
    statistics = pd.DataFrame(
        [[csv_cell(fact.name), fact.count, fact.min, fact.max, fact.mean, fact.last] for fact in facts],
        columns=["metric", "count", "min", "max", "mean", "last"],
    )
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        metrics.to_excel(writer, sheet_name="Metrics", index=False)
        _metadata(run).to_excel(writer, sheet_name="Metadata", index=False)
        statistics.to_excel(writer, sheet_name="Statistics", index=False)
        if charts:
            _add_charts(writer.book, metrics)


def _metrics(run: RunRecord) -> Any:
    columns = find_columns(run)
    rows = [[csv_cell(data.get(column)) for column in columns] for data in iter_metrics(run)]
    return pd.DataFrame(rows, columns=[csv_cell(column) for column in columns])


def _metadata(run: RunRecord) -> Any:
    facts = {"Run ID": run.id, "Project": run.project, "Experiment": run.name, "Status": run.status, **run.summary}
    return pd.DataFrame(
        [[csv_cell(str(key)), csv_cell(str(value))] for key, value in facts.items()], columns=["key", "value"]
    )


def _add_charts(book: openpyxl.Workbook, metrics: Any) -> None:
    sheet, source = book.create_sheet("Charts"), book["Metrics"]
    numeric = [name for name in metrics.select_dtypes("number").columns if name not in _NOT_CHARTED]
    for number, name in enumerate(numeric[:MAX_CHARTS]):
        column = metrics.columns.get_loc(name) + 1
        chart = LineChart()
        chart.title, chart.height, chart.width = str(name), 7, 14
        chart.add_data(Reference(source, min_col=column, min_row=1, max_row=len(metrics) + 1), titles_from_data=True)
        sheet.add_chart(chart, f"{'AJ'[number % 2]}{1 + 15 * (number // 2)}")
