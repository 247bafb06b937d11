"""`runicorn delete`: runs into the recycle bin, or off the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runicorn.cli import options
from runicorn.cli.output import size, write, write_json

if TYPE_CHECKING:
    from runicorn.storage.layout import RunFiles


@click.command("delete")
@click.argument("run_ids", nargs=-1, required=True, metavar="RUN...")
@options.storage
@click.option("--permanent", is_flag=True, help="Remove the files, in the recycle bin or not. There is no way back.")
@click.option("--reason", default="user_deleted", show_default=True, help="Noted in the recycle bin.")
@options.dry_run
@options.yes
@options.as_json
@options.verbosity
def command(
    run_ids: tuple[str, ...], root: Path, permanent: bool, reason: str, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Move runs to the recycle bin.

    `runicorn restore` brings them back, `--permanent` removes them instead.
    """
    from runicorn.errors import NotFound
    from runicorn.storage.recycle import find_runs
    from runicorn.storage.runs import check_root

    root = check_root(root)
    found = find_runs(root, run_ids, prefer_deleted=permanent)
    missing = [run_id for run_id in run_ids if run_id not in found]
    if missing:
        raise NotFound(f"Nothing was deleted: run {', '.join(missing)} not found")
    runs = list(found.values())
    if dry_run:
        preview(runs, permanent=permanent, as_json=as_json)
    elif permanent:
        remove_runs(root, runs, yes=yes, as_json=as_json)
    else:
        recycle_runs(root, runs, reason=reason, yes=True, as_json=as_json)


def preview(runs: Sequence[RunFiles], *, permanent: bool, as_json: bool) -> None:
    """Say which runs would go, and what that would free."""
    from runicorn.storage.recycle import preview_bytes

    freed = preview_bytes(runs) if permanent else 0
    if as_json:
        write_json({"dry_run": True, "runs": [run.run_id for run in runs], "would_free_bytes": freed})
        return
    write(f"Would {'remove' if permanent else 'move to the recycle bin'} {len(runs)} run(s), freeing {size(freed)}.")
    for run in runs:
        write(run.run_id)


def recycle_runs(root: Path, runs: Sequence[RunFiles], *, reason: str, yes: bool, as_json: bool) -> None:
    """Move `runs` to the recycle bin; ask first unless `yes`."""
    from runicorn.storage.recycle import soft_delete_runs

    if runs and not yes:
        click.confirm(f"Move {len(runs)} run(s) to the recycle bin?", abort=True, err=True)
    results = soft_delete_runs(root, [run.run_id for run in runs], reason)
    report(results, "Moved to the recycle bin", as_json=as_json)


def remove_runs(root: Path, runs: Sequence[RunFiles], *, yes: bool, as_json: bool) -> None:
    """Remove `runs` for good; ask first unless `yes`. Raises Conflict when one had to stay."""
    from runicorn.errors import Conflict
    from runicorn.storage.recycle import delete_runs, preview_bytes

    if runs and not yes:
        freed = size(preview_bytes(runs))
        click.confirm(f"Remove {len(runs)} run(s), {freed}, for good?", abort=True, err=True)
    removal = delete_runs(root, runs)
    if as_json:
        write_json({"deleted": removal.deleted, "kept": removal.kept, "freed_bytes": removal.freed_bytes})
    else:
        write(f"Removed {len(removal.deleted)} run(s), {size(removal.freed_bytes)} freed.")
    if removal.kept:
        raise Conflict("; ".join(f"{run_id}: {reason}" for run_id, reason in removal.kept.items()))


def report(results: Mapping[str, str | None], done: str, *, as_json: bool) -> None:
    """Say what became of every run. Raises Conflict when one stayed as it was."""
    from runicorn.errors import Conflict

    problems = {run_id: reason for run_id, reason in results.items() if reason}
    if as_json:
        write_json({"changed": [run_id for run_id in results if run_id not in problems], "unchanged": problems})
    else:
        write(f"{done}: {len(results) - len(problems)} run(s).")
    if problems:
        raise Conflict("; ".join(f"{run_id}: {reason}" for run_id, reason in problems.items()))
