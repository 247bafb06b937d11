"""Measuring and removing whole folders. Links are never followed: a link is removed, what it points to is not."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from runicorn.errors import InvalidInput
from runicorn.storage.layout import TRASH


def iter_entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield every file, link and folder below `folder`, a folder before its contents; what vanishes is passed over."""
    if folder.is_symlink():
        return
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    for entry in found:
        yield entry
        if entry.is_dir(follow_symlinks=False):
            yield from iter_entries(Path(entry.path))


def removable_bytes(paths: Iterable[Path]) -> int:
    """Return how many bytes removing all these folders and files frees.

    A file with a further name (hard link) outside of them frees nothing, one with several names inside counts once.
    """
    names: Counter[tuple[int, int]] = Counter()
    details: dict[tuple[int, int], os.stat_result] = {}
    for path in paths:
        for status in _iter_file_status(path):
            inode = (status.st_dev, status.st_ino)
            names[inode] += 1
            details[inode] = status
    return sum(details[inode].st_size for inode, count in names.items() if count >= details[inode].st_nlink)


def check_below(root: Path, folder: Path) -> Path:
    """Return `folder` when it lies strictly below `root` and no folder between the two is a link.

    Raises InvalidInput otherwise. The last component itself may be a link: removing it removes the link alone.
    """
    try:
        parts = folder.relative_to(root).parts
    except ValueError as error:
        raise InvalidInput("The folder is outside the storage root.") from error
    if not parts or ".." in parts:
        raise InvalidInput("The folder is outside the storage root.")
    for depth in range(1, len(parts)):
        if root.joinpath(*parts[:depth]).is_symlink():
            raise InvalidInput("The folder is reached through a link.")
    return folder


def remove_folder(root: Path, folder: Path) -> int:
    """Remove `folder` below `root` and return the bytes that frees. One that is not there frees 0.

    The folder is first moved aside, so that no reader meets half of it. Raises InvalidInput for a folder that is
    outside of `root` or reached through a link, OSError when the system refuses.
    """
    check_below(root, folder)
    if folder.is_symlink():
        folder.unlink()
        return 0
    freed = removable_bytes([folder])
    if (doomed := _move_aside(root, folder)) is None:
        return 0
    _remove_tree(doomed)
    return freed


def sweep_trash(root: Path) -> int:
    """Remove what removals cut short by a crash have left, and return the bytes that frees."""
    trash = root / TRASH
    if trash.is_symlink() or trash.parent.is_symlink():
        return 0
    freed = removable_bytes([trash])
    for left in list(trash.iterdir()) if trash.is_dir() else ():
        _remove_tree(left)
    return freed


def _move_aside(root: Path, folder: Path) -> Path | None:
    """Return where `folder` is now, None when it is gone.

    A folder on another file system than the root cannot be moved at once and is removed where it is.
    """
    trash = root / TRASH
    if trash.is_symlink() or trash.parent.is_symlink():
        return folder
    trash.mkdir(parents=True, exist_ok=True)
    target = trash / f"{folder.name[:100]}.{secrets.token_hex(4)}"
    try:
        os.rename(folder, target)
    except OSError:
        return folder if folder.exists() else None
    return target


def _remove_tree(folder: Path) -> None:
    """Another process may be removing the same leftovers, so only what is still there afterwards is an error."""
    if os.name == "nt":
        for entry in iter_entries(folder):
            os.chmod(entry.path, stat.S_IWRITE)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder)


def _iter_file_status(path: Path) -> Iterator[os.stat_result]:
    for found in [path, *(Path(entry.path) for entry in iter_entries(path))]:
        try:
            details = os.lstat(found)
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(details.st_mode):
            yield details
