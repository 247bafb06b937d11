"""`runicorn show`: everything about one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runicorn.cli import options
from runicorn.cli.output import cell, duration, local_time, write, write_json, write_table

if TYPE_CHECKING:
    from runicorn.query import Damage, MetricFacts, RunRecord

METRIC_COLUMNS = ("metric", "points", "first step", "last step", "last", "min", "max", "mean", "non-finite")


@click.command("show")
@click.argument("run_id", metavar="RUN")
@options.storage
@click.option(
    "--logs", type=click.IntRange(min=0), default=10, show_default=True, help="Last lines of the log to show."
)
@options.as_json
@options.verbosity
def command(run_id: str, root: Path, logs: int, as_json: bool) -> None:
    """Show one run: state, parameters, summary, metrics and the end of its log."""
    from runicorn.cli.runs import describe
    from runicorn.query import Reader

    with Reader(root) as reader:
        run = reader.runs.get(run_id)
        facts = reader.metrics.facts(run)
        damage = reader.metrics.damage(run)
        log = reader.logs.read(run, last=logs)
    if as_json:
        metrics = [asdict(fact) for fact in facts]
        write_json({**describe(run), "metrics": metrics, "damage": asdict(damage), "logs": log.lines})
        return
    _show_header(run, damage)
    _show_pairs("Parameters", run.config)
    _show_pairs("Summary", run.summary)
    _show_metrics(facts)
    if log.lines:
        write("\nLog")
        write("\n".join(log.lines))


def _show_header(run: RunRecord, damage: Damage) -> None:
    write(f"{run.id}  {run.project or '-'} / {run.name or '-'}  {run.status}")
    write(f"Created  : {local_time(run.created_time)}")
    write(f"Duration : {duration(run.duration_s)}")
    if run.tags:
        write(f"Tags     : {', '.join(run.tags)}")
    if run.notes:
        write(f"Notes    : {run.notes}")
    write(f"Folder   : {run.run_dir}")
    for warning in run.warnings:
        write(f"Warning  : {warning}")
    if damage.lines:
        write(f"Warning  : {damage.lines} damaged event lines were left out.")


def _show_pairs(title: str, pairs: Mapping[str, Any]) -> None:
    if pairs:
        write(f"\n{title}")
        width = max(len(cell(key)) for key in pairs)
        for key, value in pairs.items():
            write(f"  {cell(key):<{width}}  {cell(value)}")


def _show_metrics(facts: list[MetricFacts]) -> None:
    if facts:
        write("")
        write_table(METRIC_COLUMNS, [_metric_row(fact) for fact in facts])


def _metric_row(fact: MetricFacts) -> tuple[Any, ...]:
    return (
        fact.name,
        fact.count,
        fact.first_step,
        fact.last_step,
        fact.last,
        fact.min,
        fact.max,
        fact.mean,
        fact.nonfinite_count or None,
    )
