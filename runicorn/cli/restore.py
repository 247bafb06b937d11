"""`runicorn restore`: runs out of the recycle bin."""

from __future__ import annotations

from pathlib import Path

import click

from runicorn.cli import options


@click.command("restore")
@click.argument("run_ids", nargs=-1, metavar="RUN...")
@options.storage
@click.option("--all", "everything", is_flag=True, help="Every run in the recycle bin.")
@options.as_json
@options.verbosity
def command(run_ids: tuple[str, ...], root: Path, everything: bool, as_json: bool) -> None:
    """Take runs out of the recycle bin."""
    from runicorn.cli.delete import report
    from runicorn.storage.recycle import list_deleted, restore_runs
    from runicorn.storage.runs import check_root

    if bool(run_ids) == everything:
        raise click.UsageError("Name the runs, or use --all.")
    root = check_root(root)
    if everything:
        run_ids = tuple(run.run_id for run in list_deleted(root))
    report(restore_runs(root, run_ids), "Restored", as_json=as_json)
