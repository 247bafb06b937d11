"""Every metrics event of one run as CSV, as `GET /api/export/{id}/csv` answers. Source: docs/http-api.md, section 5."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runicorn.errors import NotFound
from runicorn.export.tables import csv_cell
from runicorn.query.events import DamagedLine, metrics_data, parse_line
from runicorn.storage.runs import event_files

if TYPE_CHECKING:
    from runicorn.query import RunRecord

FIRST_COLUMNS = ("global_step", "step", "time", "stage")


def iter_csv(run: RunRecord, *, comments: bool = True) -> Iterator[str]:
    """Yield the lines of the CSV: comments that say which run it is, the header, one row per event in file order.

    Numbers that are not finite are `nan`, `inf` and `-inf`; text that a spreadsheet would run gets an apostrophe.
    Damaged lines are left out. Raises NotFound when the run logged no metrics.
    """
    columns = find_columns(run)
    if not columns:
        raise NotFound("No metrics to export")
    return _iter_csv(run, columns, comments=comments)


def find_columns(run: RunRecord) -> list[str]:
    """Return the keys of all metrics events: `global_step`, `step`, `time`, `stage` where they occur, then by name."""
    names = {key for data in iter_metrics(run) for key in data}
    return [name for name in FIRST_COLUMNS if name in names] + sorted(names.difference(FIRST_COLUMNS))


def iter_metrics(run: RunRecord) -> Iterator[Mapping[str, Any]]:
    """Yield what every metrics event of the run logged, in file order."""
    for path in event_files(run.files):
        with path.open("rb") as file:
            for line in file:
                try:
                    data = metrics_data(parse_line(line))
                except DamagedLine:
                    continue
                if data is not None:
                    yield data


def _iter_csv(run: RunRecord, columns: list[str], *, comments: bool) -> Iterator[str]:
    if comments:
        yield from _comments(run)
    line = _Line()
    writer = csv.writer(line)
    writer.writerow([csv_cell(column) for column in columns])
    yield line.text
    for data in iter_metrics(run):
        writer.writerow([csv_cell(data.get(column)) for column in columns])
        yield line.text


def _comments(run: RunRecord) -> Iterator[str]:
    yield f"# Runicorn Export - {datetime.now().isoformat()}\n"
    for label, value in (("Project", run.project), ("Experiment", run.name), ("Run ID", run.id)):
        yield f"# {label}: {' '.join((value or '-').split())}\n"
    yield "#\n"


class _Line:
    """A file that remembers the last text written to it."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text
