"""Small JSON documents: read whatever is there, replace atomically. The only code that writes metadata files."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

_READ_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class Damaged(Exception):
    """The file is there but holds no JSON of the shape asked for; the text says why, without a path."""


def parse_json(data: bytes | str) -> Any:
    """Return the value in `data`, taking NaN and Infinity as Python's json writes them. Raises Damaged."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"not JSON: {error}") from error


def read_bytes(path: Path | str, *, limit: int = MAX_DOCUMENT_BYTES) -> bytes:
    """Return the contents of the plain file `path`; a symbolic link is refused.

    Raises FileNotFoundError when it is not there, Damaged when it is a link, no plain file, unreadable or over
    `limit` bytes.
    """
    try:
        descriptor = os.open(path, _READ_FLAGS)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Damaged(f"cannot be read: {error.strerror}") from error
    try:
        return _read_descriptor(descriptor, limit)
    except OSError as error:
        raise Damaged(f"cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _read_descriptor(descriptor: int, limit: int) -> bytes:
    """A listing reads tens of thousands of small files, so this makes the fewest calls that will do."""
    details = os.fstat(descriptor)
    if not stat.S_ISREG(details.st_mode):
        raise Damaged("not a plain file")
    if details.st_size > limit:
        raise Damaged(f"{details.st_size} bytes, over the limit of {limit}")
    data = os.read(descriptor, details.st_size + 1)
    while len(data) != details.st_size:
        more = os.read(descriptor, limit + 1 - len(data))
        if not more:
            break
        data += more
        if len(data) > limit:
            raise Damaged(f"over the limit of {limit} bytes")
    return data


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in `path`. Raises FileNotFoundError or Damaged."""
    value = parse_json(read_bytes(path))
    if not isinstance(value, dict):
        raise Damaged("not a JSON object")
    return value


def find_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in `path`, or an empty one when it is missing or damaged."""
    try:
        return read_object(path)
    except (FileNotFoundError, NotADirectoryError, Damaged):
        return {}


def dump_json(value: Mapping[str, Any] | list[Any]) -> bytes:
    """Return `value` as indented UTF-8 JSON; non-finite numbers become NaN and Infinity tokens, as in 0.5.x.

    Raises TypeError or ValueError for what JSON cannot hold.
    """
    return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8")


def write_json(path: Path, value: Mapping[str, Any] | list[Any], *, mode: int = 0o666, sync: bool = True) -> None:
    """Replace `path` so that a reader sees the old document or the new one, never half, never none.

    `mode` applies before the process's umask. Raises OSError when the disk refuses; the old document is then
    intact and nothing is left beside it.
    """
    write_bytes(path, dump_json(value), mode=mode, sync=sync)


def write_bytes(path: Path, data: bytes, *, mode: int = 0o666, sync: bool = True) -> None:
    """Replace the file `path` by `data`, atomically; see `write_json`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if sync:
        sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Make the file `path` and its name survive a power cut. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make new names in `folder` survive a power cut, where the system has a call for it (not Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
