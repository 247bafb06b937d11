"""One run as a table or a report. The work is done by `runicorn.export`; here are the calls older scripts know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from runicorn.errors import InvalidInput, NotFound, RunNotFound
from runicorn.sdk.complaints import get_logger

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord

REPORTS = {"html": "html", "markdown": "markdown", "md": "markdown", "pdf": "markdown"}


class MetricsExporter:
    """Exports the run in the folder `run_dir`. Raises RunNotFound when a call finds no run there."""

    def __init__(self, run_dir: str | os.PathLike[str]) -> None:
        self.run_dir = Path(os.path.abspath(run_dir))

    def to_csv(self, path: str | os.PathLike[str] | None = None, include_metadata: bool = True) -> str | None:
        """Return the metrics as CSV, also written to `path` when one is given; None when there are none."""
        from runicorn.export.metrics import iter_csv

        with self._open() as (_, run):
            try:
                text = "".join(iter_csv(run, comments=include_metadata))
            except NotFound:
                return None
        if path is not None:
            Path(path).write_text(text, encoding="utf-8", newline="")
        return text

    def to_excel(self, path: str | os.PathLike[str], include_charts: bool = True) -> bool:
        """Write the sheets Metrics, Metadata, Statistics and Charts; False, told why, without pandas and openpyxl."""
        try:
            from runicorn.extensions.workbook import write_workbook
        except ImportError as error:
            get_logger().warning("Excel needs pandas and openpyxl: %s", error)
            return False
        with self._open() as (reader, run):
            write_workbook(reader, run, Path(path), charts=include_charts)
        return True

    def to_tensorboard(self, folder: str | os.PathLike[str]) -> bool:
        """Write the run as TensorBoard event files below `folder`."""
        from runicorn.export.tensorboard import write_events

        with self._open() as (reader, run):
            write_events(reader, [run], Path(folder))
        return True

    def generate_report(self, path: str | os.PathLike[str], format: str = "pdf") -> bool:
        """Write a report as "html" or "markdown"; "pdf" falls back to Markdown, with `.md` for its suffix."""
        from runicorn.export.report import write_report

        if format not in REPORTS:
            raise InvalidInput(f"format must be pdf, html or markdown, not {format!r}.")
        target = Path(path).with_suffix(".md") if format == "pdf" else Path(path)
        with self._open() as (reader, run):
            target.write_text(write_report(reader, run, format=REPORTS[format]), encoding="utf-8")
        return True

    @contextmanager
    def _open(self) -> Iterator[tuple[Reader, RunRecord]]:
        from runicorn.query import Reader

        for root in self._possible_roots():
            with Reader(root) as reader:
                for run in reader.runs.list_runs():
                    if run.run_dir.samefile(self.run_dir):
                        yield reader, run
                        return
        raise RunNotFound(self.run_dir.name, f"No run in {self.run_dir}.")

    def _possible_roots(self) -> list[Path]:
        """The root of `ROOT/project/name/runs/id`, then that of the legacy `ROOT/runs/id`."""
        return [parent for parent in (*self.run_dir.parents[3:4], *self.run_dir.parents[1:2]) if self.run_dir.is_dir()]
