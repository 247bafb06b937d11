"""`runicorn manage`: tag, search, delete and clean up experiments, by the flags of the published package."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runicorn.cli import options
from runicorn.cli.output import write, write_json

if TYPE_CHECKING:
    from runicorn.storage.layout import RunFiles

ACTIONS = ("tag", "search", "delete", "cleanup")


@click.command("manage")
@options.storage
@click.option("--action", type=click.Choice(ACTIONS), required=True, help="What to do.")
@click.option("--run-id", "run_ids", multiple=True, metavar="ID", help="For tag and delete: the run; repeatable.")
@click.option("--tags", metavar="A,B", default="", help="For tag: tags to add. For search: all of these.")
@click.option("--replace", is_flag=True, help="For tag: these tags instead of those the run has.")
@options.project
@click.option("--text", metavar="TEXT", help="For search: in id, project, name, tags and notes.")
@click.option(
    "--days", type=click.IntRange(min=0), default=30, show_default=True, help="For cleanup: runs older than this."
)
@click.option("--force", is_flag=True, help="For delete and cleanup: pinned runs too.")
@options.dry_run
@options.yes
@options.as_json
@options.verbosity
def command(
    action: str,
    root: Path,
    run_ids: tuple[str, ...],
    tags: str,
    replace: bool,
    project: str | None,
    text: str | None,
    days: int,
    force: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Tag, search, delete or clean up experiments. What is deleted goes to the recycle bin."""
    from runicorn.cli.delete import preview, recycle_runs
    from runicorn.storage.runs import check_root

    root = check_root(root)
    if action in ("tag", "delete") and not run_ids:
        raise click.UsageError(f"--action {action} needs --run-id.")
    if action == "search":
        _search(root, project=project, tags=tags, text=text, as_json=as_json)
        return
    runs = _find_runs(root, run_ids) if run_ids else _find_old_runs(root, days=days, project=project)
    if action == "tag":
        _tag(root, runs, _split(tags), replace=replace, as_json=as_json)
        return
    chosen = _spare_pinned(root, runs, force=force, insist=action == "delete")
    if dry_run:
        preview(chosen, permanent=False, as_json=as_json)
    else:
        recycle_runs(root, chosen, reason=f"manage_{action}", yes=yes, as_json=as_json)


def _search(root: Path, *, project: str | None, tags: str, text: str | None, as_json: bool) -> None:
    from runicorn.cli.runs import command as runs

    literal = None if text is None else '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    click.get_current_context().invoke(
        runs, search=literal, root=root, project=project, tags=tags or None, as_json=as_json
    )


def _tag(root: Path, runs: Sequence[RunFiles], tags: list[str], *, replace: bool, as_json: bool) -> None:
    from runicorn.storage.labels import read_labels, write_labels

    if not tags and not replace:
        raise click.UsageError("--action tag needs --tags.")
    answers = {}
    for run in runs:
        kept = () if replace else read_labels(root, run).tags
        answers[run.run_id] = list(write_labels(root, run, tags=[*kept, *tags]).tags)
    if as_json:
        write_json({"tags": answers})
        return
    for run_id, now in answers.items():
        write(f"{run_id}: {', '.join(now) or 'no tags'}")


def _find_runs(root: Path, run_ids: tuple[str, ...]) -> list[RunFiles]:
    from runicorn.errors import RunNotFound
    from runicorn.storage.recycle import find_runs, is_deleted

    found = find_runs(root, run_ids)
    for run_id in run_ids:
        if run_id not in found or is_deleted(found[run_id]):
            raise RunNotFound(run_id, f"Run {run_id} not found")
    return list(found.values())


def _find_old_runs(root: Path, *, days: int, project: str | None) -> list[RunFiles]:
    from runicorn.cli.storage import find_old_runs
    from runicorn.query import Reader

    with Reader(root) as reader:
        return [record.files for record in find_old_runs(reader, days=days, project=project)]


def _spare_pinned(root: Path, runs: Sequence[RunFiles], *, force: bool, insist: bool) -> list[RunFiles]:
    """Leave out pinned runs. Raises Conflict for one that was asked for by name."""
    from runicorn.errors import Conflict
    from runicorn.storage.labels import read_labels

    if force:
        return list(runs)
    pinned = [run for run in runs if read_labels(root, run).pinned]
    if pinned and insist:
        raise Conflict(f"Nothing was deleted: {', '.join(run.run_id for run in pinned)} is pinned. Use --force.")
    return [run for run in runs if run not in pinned]


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
