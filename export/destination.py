"""Where an export goes: made beside its place first, and never over something that is no export."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runicorn.errors import Conflict, InvalidInput
from runicorn.storage.documents import find_object
from runicorn.storage.folders import iter_entries

MARKER = "runicorn-export.json"
"""Stands in every exported folder: its provenance, and under "written" the files that belong to it."""

SIGNATURE = b'<meta name="generator" content="Runicorn'
"""Stands near the start of every exported page."""


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `folder` when the block ends well, and leaves nothing when not.

    Raises Conflict when `folder` is there and is no export, or holds files that an export did not write.
    """
    check_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    staging.mkdir()
    try:
        yield staging
        _swap(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def replacing_page(path: Path) -> Iterator[Path]:
    """The same as `replacing_file`, for an exported page. Raises Conflict when `path` is another file."""
    check_page(path)
    with replacing_file(path) as staging:
        yield staging


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a path that takes the place of `path` when the block ends well, and leaves nothing when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield staging
        os.replace(staging, path)
    finally:
        staging.unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Raise Conflict unless `folder` is missing, empty, or an export with nothing else in it."""
    if not folder.exists():
        return
    if not folder.is_dir() or folder.is_symlink():
        raise Conflict(f"{folder} is no folder. Nothing was written.")
    present = set(_iter_files(folder))
    written = find_object(folder / MARKER).get("written")
    if not present:
        return
    if not isinstance(written, list):
        raise Conflict(f"{folder} is not empty and was not written by runicorn export. Nothing was written.")
    if strange := sorted(present.difference(written, {MARKER})):
        raise Conflict(f"{folder} holds {strange[0]}, which runicorn export did not write. Nothing was written.")


def check_page(path: Path) -> None:
    """Raise Conflict unless `path` is missing or an exported page."""
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder: name a file, such as {path / 'report.html'}.")
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except FileNotFoundError:
        return
    if start and SIGNATURE not in start:
        raise Conflict(f"{path} was not written by runicorn export. Nothing was written.")


def list_written(folder: Path) -> list[str]:
    """Return the files below `folder` as POSIX paths, sorted."""
    return sorted(_iter_files(folder))


def _iter_files(folder: Path) -> Iterator[str]:
    for entry in iter_entries(folder):
        if not entry.is_dir(follow_symlinks=False):
            yield Path(entry.path).relative_to(folder).as_posix()


def _swap(staging: Path, folder: Path) -> None:
    """The old folder is moved aside before the new one takes its place, and removed after."""
    old = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.old")
    if folder.exists():
        os.rename(folder, old)
    try:
        os.rename(staging, folder)
    except OSError:
        if old.exists():
            os.rename(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
