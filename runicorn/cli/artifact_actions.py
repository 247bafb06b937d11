"""What `runicorn artifacts --action ...` does: one function per action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from runicorn.cli.output import cell, local_time, size, write, write_json, write_table
from runicorn.query import Reader
from runicorn.storage.artifacts import versions
from runicorn.storage.artifacts.contents import download, find_damage
from runicorn.storage.artifacts.paths import VersionFolder


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `version` is a number, with or without a v, or an alias such as latest."""

    reader: Reader
    name: str
    kind: str | None
    version: str
    output: Path | None
    permanent: bool
    dry_run: bool
    yes: bool
    as_json: bool

    @property
    def selector(self) -> int | str:
        number = self.version.removeprefix("v")
        return int(number) if number.isascii() and number.isdigit() else self.version

    def find_version(self) -> VersionFolder:
        return self.reader.artifacts.find(self.name, self.selector, self.kind)


def list_artifacts(request: Request) -> None:
    """Show every artifact, the last changed one first."""
    rows = [asdict(summary) for summary in request.reader.artifacts.list_artifacts(request.kind)]
    if not request.as_json:
        write(f"Found {len(rows)} artifact(s):" if rows else "No artifacts found.")
    columns = ("name", "type", "num_versions", "latest_version", "size_bytes", "updated_at", "aliases")
    _show_rows(request, columns, rows)


def list_versions(request: Request) -> None:
    """Show the versions of an artifact, the first one first."""
    rows = [asdict(summary) for summary in request.reader.artifacts.versions(request.name, request.kind)]
    columns = ("version", "created_at", "created_by_run", "size_bytes", "num_files", "status", "aliases")
    _show_rows(request, columns, rows)


def show_info(request: Request) -> None:
    """Show everything known about a version."""
    _show_facts(request, asdict(request.reader.artifacts.get(request.name, request.selector, request.kind)))


def list_files(request: Request) -> None:
    """Show the files and references of a version."""
    answer = request.reader.artifacts.files(request.name, request.selector, request.kind)
    if request.as_json:
        write_json(asdict(answer))
        return
    write_table(("path", "size", "digest"), [(file.path, size(file.size), file.digest) for file in answer.files])
    for reference in answer.references:
        write(f"reference {reference['uri']}")


def show_stats(request: Request) -> None:
    """Show how much there is, and what storing equal contents once has saved."""
    _show_facts(request, asdict(request.reader.artifacts.stats()))


def verify(request: Request) -> None:
    """Compare every file of a version with its digest; exit code 1 when one differs."""
    version = request.find_version()
    damaged = find_damage(version)
    if request.as_json:
        write_json({"artifact": version.full_name, "damaged": damaged})
    elif not damaged:
        write(f"{version.full_name}: every file is as it was stored.")
    if damaged:
        raise click.ClickException(f"{version.full_name} is damaged: {', '.join(damaged)}")


def fetch(request: Request) -> None:
    """Copy the files of a version, each compared with its digest."""
    version = request.find_version()
    target = request.output or Path(version.full_name.replace(":", "-"))
    write(f"{version.full_name} is in {download(version, target)}")


def delete(request: Request) -> None:
    """Mark a version as deleted, or remove it for good."""
    version = request.find_version()
    freed = versions.preview_bytes(version) if request.permanent else 0
    if request.dry_run:
        write(
            f"Would {'remove' if request.permanent else 'mark as deleted'} {version.full_name}, freeing {size(freed)}."
        )
        return
    if not request.yes:
        extent = f", {size(freed)}, for good" if request.permanent else ""
        click.confirm(f"Delete {version.full_name}{extent}?", abort=True, err=True)
    if request.permanent:
        freed = versions.delete_permanently(version)
    else:
        versions.soft_delete(version)
    if request.as_json:
        write_json({"deleted": version.full_name, "permanent": request.permanent, "freed_bytes": freed})
    else:
        write(f"{'Permanently' if request.permanent else 'Soft'} deleted {version.full_name}")


def restore(request: Request) -> None:
    """Take the mark of a deleted version away."""
    version = request.find_version()
    versions.restore(version)
    write_json({"restored": version.full_name}) if request.as_json else write(f"Restored {version.full_name}")


BY_NAME: dict[str, Callable[[Request], None]] = {
    "list": list_artifacts,
    "versions": list_versions,
    "info": show_info,
    "files": list_files,
    "verify": verify,
    "download": fetch,
    "delete": delete,
    "restore": restore,
    "stats": show_stats,
}


def _show_rows(request: Request, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    if request.as_json:
        write_json(list(rows))
    elif rows:
        write_table(columns, [[_shown(key, row[key]) for key in columns] for row in rows])


def _show_facts(request: Request, facts: Mapping[str, Any]) -> None:
    if request.as_json:
        write_json(facts)
        return
    width = max(map(len, facts))
    for key, value in facts.items():
        write(f"{key:<{width}}  {cell(_shown(key, value))}")


def _shown(key: str, value: Any) -> Any:
    if key.endswith("_at"):
        return local_time(value)
    if key.endswith("_bytes"):
        return size(value)
    if key == "aliases":
        return ", ".join(value)
    return value
