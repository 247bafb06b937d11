"""`runicorn clean`: free disk and put an end to runs that nobody ended."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from runicorn.cli import options
from runicorn.cli.output import size, write, write_json

ZOMBIE_SECONDS = 48 * 3600
TEMPORARY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Done:
    """What one kind of cleaning did, or would do: how many things, and the bytes that frees."""

    kind: str
    count: int
    freed_bytes: int = 0


@click.command("clean")
@options.storage
@click.option("--zombie", is_flag=True, help="Mark runs failed that say running for over 48 hours.")
@click.option("--temp", is_flag=True, help="Remove leftovers of writers and deletions that were cut short.")
@click.option(
    "--cache", is_flag=True, help="Remove what was derived from this storage root; it is made anew when needed."
)
@click.option("--dedup", is_flag=True, help="Remove contents that no artifact version needs.")
@click.option("--bin", "empty_bin", is_flag=True, help="Remove the runs in the recycle bin for good. Asks.")
@click.option(
    "--older-than",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Move runs nobody wrote to for DAYS to the bin. Asks.",
)
@options.dry_run
@click.option("--force", "--yes", "-y", "force", is_flag=True, help="Do not ask; with --older-than, pinned runs too.")
@options.as_json
@options.verbosity
def command(
    root: Path,
    zombie: bool,
    temp: bool,
    cache: bool,
    dedup: bool,
    empty_bin: bool,
    older_than: int | None,
    dry_run: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Clean up a storage root. Nothing that can be looked at goes unless --bin or --older-than says so."""
    from runicorn.storage.runs import check_root

    root = check_root(root)
    steps: list[Iterator[Done]] = []
    if zombie:
        steps.append(_end_zombies(root, dry_run=dry_run))
    if temp:
        steps.append(_remove_leftovers(root, dry_run=dry_run))
    if cache:
        steps.append(_drop_cache(root, dry_run=dry_run))
    if dedup:
        steps.append(_drop_orphans(root, dry_run=dry_run))
    if older_than is not None:
        steps.append(_recycle_old(root, days=older_than, dry_run=dry_run, force=force))
    if empty_bin:
        steps.append(_empty_bin(root, dry_run=dry_run, force=force))
    if not steps:
        raise click.UsageError("Say what: --zombie, --temp, --cache, --dedup, --older-than DAYS or --bin.")
    _report([done for step in steps for done in step], dry_run=dry_run, as_json=as_json)


def _report(results: list[Done], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        write_json({"dry_run": dry_run, "results": [asdict(done) for done in results]})
        return
    for done in results:
        freed = f", {size(done.freed_bytes)} freed" if done.freed_bytes else ""
        write(f"{'Would be ' if dry_run else ''}{done.kind}: {done.count}{freed}")


def _end_zombies(root: Path, *, dry_run: bool) -> Iterator[Done]:
    from runicorn.query import Reader
    from runicorn.storage.status import FAILED, write_status

    with Reader(root) as reader:
        runs = reader.runs.list_runs()
    limit = time.time() - ZOMBIE_SECONDS
    zombies = [
        run
        for run in runs
        if run.stored_status == "running" and run.liveness != "alive" and (run.started_at or run.created_time) < limit
    ]
    for run in zombies if not dry_run else ():
        write_status(run.files, FAILED, ended_at=run.updated_at, exit_reason="zombie")
    yield Done("runs marked failed", len(zombies))


def _remove_leftovers(root: Path, *, dry_run: bool) -> Iterator[Done]:
    from runicorn.storage.artifacts.versions import find_leftovers
    from runicorn.storage.folders import iter_entries, removable_bytes, remove_folder, sweep_trash
    from runicorn.storage.layout import TRASH

    trash = root / TRASH
    staged = find_leftovers(root)
    limit = time.time() - TEMPORARY_SECONDS
    files = [
        Path(entry.path)
        for entry in iter_entries(root)
        if entry.name.startswith(".")
        and entry.name.endswith(".tmp")
        and entry.is_file(follow_symlinks=False)
        and entry.stat(follow_symlinks=False).st_mtime < limit
    ]
    freed = removable_bytes([trash, *staged]) + sum(path.lstat().st_size for path in files)
    count = len(files) + len(staged) + (sum(1 for _ in trash.iterdir()) if trash.is_dir() else 0)
    if not dry_run:
        sweep_trash(root)
        for folder in staged:
            remove_folder(root, folder)
        for path in files:
            path.unlink(missing_ok=True)
    yield Done("leftovers removed", count, freed)


def _drop_cache(root: Path, *, dry_run: bool) -> Iterator[Done]:
    from runicorn.config import cache_dir
    from runicorn.storage.folders import removable_bytes

    folder = cache_dir(root)
    freed = removable_bytes([folder])
    if not dry_run:
        shutil.rmtree(folder, ignore_errors=True)
    yield Done("cache removed", 1 if freed else 0, freed)


def _drop_orphans(root: Path, *, dry_run: bool) -> Iterator[Done]:
    from runicorn.storage.artifacts.versions import collect_orphans
    from runicorn.storage.blobs import remove_blobs

    orphans = collect_orphans(root)
    freed = sum(path.lstat().st_size for path in orphans) if dry_run else remove_blobs(orphans)
    yield Done("unneeded contents removed", len(orphans), freed)


def _recycle_old(root: Path, *, days: int, dry_run: bool, force: bool) -> Iterator[Done]:
    from runicorn.cli.storage import find_old_runs
    from runicorn.query import Reader
    from runicorn.storage.recycle import soft_delete_runs

    with Reader(root) as reader:
        old = [run.id for run in find_old_runs(reader, days=days) if force or not run.pinned]
    if old and not dry_run:
        if not force:
            click.confirm(f"Move {len(old)} run(s) to the recycle bin?", abort=True, err=True)
        soft_delete_runs(root, old, "cleanup")
    yield Done("runs moved to the recycle bin", len(old))


def _empty_bin(root: Path, *, dry_run: bool, force: bool) -> Iterator[Done]:
    from runicorn.storage import recycle

    runs = recycle.list_deleted(root)
    freed = recycle.preview_bytes(runs)
    if runs and not dry_run:
        if not force:
            click.confirm(f"Remove {len(runs)} run(s), {size(freed)}, for good?", abort=True, err=True)
        removal = recycle.empty_bin(root)
        yield Done("runs removed", len(removal.deleted), removal.freed_bytes)
        return
    yield Done("runs removed", len(runs), freed)
