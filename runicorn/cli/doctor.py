"""`runicorn doctor`: what is wrong in a storage root, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runicorn.cli import options
from runicorn.cli.output import write, write_json

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `run_id` is None for the root as a whole."""

    run_id: str | None
    problem: str
    remedy: str


@click.command("doctor")
@options.storage
@click.option("--fix", is_flag=True, help="Write down the end of runs whose process is gone.")
@options.as_json
@options.verbosity
def command(root: Path, fix: bool, as_json: bool) -> None:
    """Find what is wrong in a storage root.

    Damaged files, runs that only seem to be running, leftovers: each is named with its remedy. Exit code 1 when there
    is any.
    """
    from runicorn.query import Reader

    with Reader(root) as reader:
        if fix:
            _fix(reader.root)
        runs = reader.runs.list_runs()
        findings = [*_examine_root(reader.root), *(finding for run in runs for finding in _examine_run(reader, run))]
    if as_json:
        write_json({"storage": str(root), "runs": len(runs), "findings": [asdict(finding) for finding in findings]})
    else:
        _show(len(runs), findings)
    if findings:
        click.get_current_context().exit(1)


def _fix(root: Path) -> None:
    from runicorn.storage.status import mark_dead_runs

    checked, updated = mark_dead_runs(root)
    options.say(f"Checked {checked} running runs, {updated} of them are marked failed now.")


def _examine_root(root: Path) -> Iterator[Finding]:
    from runicorn.storage.layout import TRASH

    if not os.access(root, os.W_OK):
        yield Finding(None, "The root cannot be written to.", "Looking works; to log here, change its permissions.")
    trash = root / TRASH
    if trash.is_dir() and any(trash.iterdir()):
        yield Finding(None, "A deletion was cut short and left files behind.", "runicorn clean --temp")


def _examine_run(reader: Reader, run: RunRecord) -> Iterator[Finding]:
    for warning in run.warnings:
        yield Finding(run.id, warning, "The rest of the run is shown. Mend or delete the file.")
    if run.liveness == "dead":
        yield Finding(run.id, "It says running, but its process is gone.", "runicorn doctor --fix")
    elif run.liveness == "unknown" and run.stored_status == "running":
        yield Finding(
            run.id,
            f"It says running, on {run.hostname or 'an unknown machine'}, which cannot be asked from here.",
            "Open the viewer there, or runicorn clean --zombie once it is over 48 hours old.",
        )
    damage = reader.metrics.damage(run)
    if damage.lines:
        yield Finding(run.id, f"{damage.lines} damaged lines in its event files.", "All other lines are read.")
    if damage.torn_tail and run.liveness is None:
        yield Finding(run.id, "Its last event was cut off in writing.", "Nothing to do: resuming starts a new line.")


def _show(runs: int, findings: list[Finding]) -> None:
    for finding in findings:
        write(f"{finding.run_id or 'storage root'}: {finding.problem}")
        write(f"    {finding.remedy}")
    write(f"{runs} runs looked at, {len(findings) or 'no'} problem{'' if len(findings) == 1 else 's'} found.")
