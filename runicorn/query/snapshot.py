"""The catalogue on disk, so that a new process starts with what an earlier one read.

It lies in the cache folder and may vanish or be damaged at any moment: then the runs are read again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import orjson

from runicorn.query.records import RunRecord
from runicorn.storage.documents import Damaged, read_bytes, write_bytes
from runicorn.storage.layout import RunFiles

FORMAT = 1
_MAX_BYTES = 1 << 30
_OWN = ("run_dir", "files")
_TUPLES = ("tags", "warnings")
_FIELDS = [field.name for field in fields(RunRecord) if field.name not in _OWN]

Mark = tuple[int, int, int]
"""Folder time in ns, and time and size of status.json: what changes when a run at rest is touched."""


@dataclass(slots=True)
class Seen:
    """A run as it was last read. `digest` is of the names, times and sizes of all its files; a run that is `settled`
    is read again only when its `mark` changes."""

    record: RunRecord
    folder_time: float
    digest: str
    mark: Mark | None
    settled: bool


class Snapshot:
    """The settled runs of a root, in one file. `state` stands for what else their records depend on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, state: Any) -> dict[str, list[Any]]:
        """Return the saved runs by path, as `restore` takes them; none if there is nothing to be used."""
        try:
            document = orjson.loads(read_bytes(self._path, limit=_MAX_BYTES))
            usable = (document["format"], document["fields"], document["state"]) == (FORMAT, _FIELDS, state)
            return dict(document["runs"]) if usable else {}
        except (OSError, Damaged, ValueError, KeyError, TypeError):
            return {}

    def save(self, runs: Iterable[Seen], state: Any) -> None:
        """Replace the snapshot, if the cache folder lets us. A run that JSON would not give back as it is, one with
        a NaN in its summary for instance, is left out and read from its files next time."""
        document = {"format": FORMAT, "fields": _FIELDS, "state": state, "runs": dict(_saved(runs))}
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(self._path, orjson.dumps(document), mode=0o600, sync=False)


def restore(files: RunFiles, saved: list[Any], mark: Mark) -> Seen | None:
    """Return the run as it was saved, None when its folder has changed since or the entry is damaged."""
    try:
        saved_mark, folder_time, digest, values = saved
        if tuple(saved_mark) != mark:
            return None
        named = dict(zip(_FIELDS, values, strict=True))
        for name in _TUPLES:
            named[name] = tuple(named[name])
        record = RunRecord(**named, files=files, run_dir=files.path)
    except (TypeError, ValueError):
        return None
    return Seen(record, folder_time, digest, mark, settled=True)


def _saved(runs: Iterable[Seen]) -> Iterator[tuple[str, list[Any]]]:
    for run in runs:
        values = [getattr(run.record, name) for name in _FIELDS]
        plain = [list(value) if isinstance(value, tuple) else value for value in values]
        try:
            whole = orjson.loads(orjson.dumps(plain)) == plain
        except TypeError:
            continue
        if whole and run.settled:
            yield str(run.record.run_dir), [run.mark, run.folder_time, run.digest, plain]
