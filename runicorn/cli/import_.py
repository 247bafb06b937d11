"""`runicorn import`: runs out of an archive, all of them or none."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from runicorn.cli import options
from runicorn.cli.output import write, write_json


@click.command("import")
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@options.storage
@click.option("--archive", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The same as FILE.")
@click.option("--merge", is_flag=True, help="Add to the runs that are there (what happens anyway).")
@click.option("--overwrite", is_flag=True, help="Refused: a run is never overwritten. Delete it first.")
@options.dry_run
@options.as_json
@options.verbosity
def command(
    file: Path | None, root: Path, archive: Path | None, merge: bool, overwrite: bool, dry_run: bool, as_json: bool
) -> None:
    """Bring the runs of an archive into the storage root.

    The archive is a .tar.gz, .tgz or .zip as `runicorn export` writes it.
    A run that is there already is never overwritten: then nothing is imported.
    """
    from runicorn.storage.archives import import_archive
    from runicorn.storage.runs import check_root

    if overwrite:
        raise click.UsageError("A run is never overwritten. Delete it first, with runicorn delete RUN --permanent.")
    path = file or archive
    if path is None or (file is not None and archive is not None):
        raise click.UsageError("Name one archive.")
    if not dry_run:
        root.mkdir(parents=True, exist_ok=True)
    root = check_root(root)
    answer = import_archive(root, path, dry_run=dry_run)
    if as_json:
        write_json({"dry_run": dry_run, **asdict(answer), "storage": str(root)})
        return
    write(f"{'Would import' if dry_run else 'Imported'} {answer.imported_files} files into {root}")
    for name in (*answer.new_run_ids, *answer.new_versions):
        write(name)
