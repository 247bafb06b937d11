"""`runicorn runs`: the table of runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runicorn.cli import options
from runicorn.cli.output import duration, write, write_json, write_table
from runicorn.cli.progress import reading_bar

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord

COLUMNS = ("id", "project", "name", "status", "duration", "best", "tags")


@click.command("runs")
@click.argument("search", required=False)
@options.storage
@options.project
@options.name
@click.option("--status", metavar="A,B", help="Only runs of these states.")
@click.option("--tags", metavar="A,B", help="Only runs that carry all these tags.")
@click.option("--deleted", is_flag=True, help="The runs in the recycle bin instead.")
@click.option("--limit", type=click.IntRange(min=1), help="At most this many runs.")
@click.option("--sort", metavar="FIELD", help="A field of the search language, such as best or config.lr. [created]")
@click.option("--ascending", is_flag=True, help="Smallest first.")
@options.as_json
@options.verbosity
def command(
    search: str | None,
    root: Path,
    status: str | None,
    tags: str | None,
    limit: int | None,
    as_json: bool,
    **choice: Any,
) -> None:
    """List runs, newest first.

    SEARCH is text in id, project, name, tags or notes, or an expression such as
    'status = finished and config.lr < 1e-3 and metrics.acc.max > 0.9'; docs/sql.md describes the language.
    """
    from runicorn.query import Reader

    with Reader(root) as reader, reading_bar(reader):
        found = find_runs(reader, search, **choice)
    records = [record for record in found if _matches(record, status=status, tags=tags)]
    shown = records[:limit]
    if as_json:
        write_json([describe(record) for record in shown])
        return
    if not shown:
        write("No runs found.")
        return
    write_table(COLUMNS, [_row(record) for record in shown])
    if len(shown) < len(records):
        options.say(f"{len(shown)} of {len(records)} runs.")


def find_runs(
    reader: Reader,
    search: str | None,
    *,
    project: str | None = None,
    name: str | None = None,
    deleted: bool = False,
    sort: str | None = None,
    ascending: bool = False,
) -> list[RunRecord]:
    """Return the runs a search finds, ordered. Raises QueryError where the search or the field is wrong."""
    if deleted and (search or sort):
        raise click.UsageError("The recycle bin cannot be searched or sorted: leave SEARCH and --sort out.")
    if search or sort:
        found = reader.search(search or "", order_by=sort or "created_at", descending=not ascending).runs
        return [run for run in found if project in (None, run.project) and name in (None, run.name)]
    found = reader.runs.list_runs(project=project, name=name, deleted=deleted)
    return sorted(found, key=lambda run: run.created_time, reverse=not ascending)


def _matches(record: RunRecord, *, status: str | None, tags: str | None) -> bool:
    if status and record.status not in status.split(","):
        return False
    return not tags or set(tags.split(",")) <= set(record.tags)


def _row(record: RunRecord) -> tuple[Any, ...]:
    best = record.best_metric_value
    return (
        record.id,
        record.project,
        record.name,
        record.status,
        duration(record.duration_s),
        None if best is None else f"{record.best_metric_name or 'value'} {best:.6g}",
        ", ".join(record.tags) or None,
    )


def describe(record: RunRecord) -> dict[str, Any]:
    """Return the facts of a run as `--json` writes them."""
    return {
        "id": record.id,
        "project": record.project,
        "name": record.name,
        "status": record.status,
        "run_dir": str(record.run_dir),
        "created_at": record.created_time,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "updated_at": record.updated_at,
        "duration_s": record.duration_s,
        "best_metric_name": record.best_metric_name,
        "best_metric_value": record.best_metric_value,
        "best_metric_step": record.best_metric_step,
        "best_metric_mode": record.best_metric_mode,
        "tags": list(record.tags),
        "notes": record.notes,
        "group": record.group,
        "job_type": record.job_type,
        "archived": record.archived,
        "pinned": record.pinned,
        "config": record.config,
        "summary": record.summary,
        "deleted_at": record.deleted_at,
        "warnings": list(record.warnings),
    }
