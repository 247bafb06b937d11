"""The small values that answers are made of. Nothing here needs NumPy or DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Damage:
    """What could not be read in a run's event files.

    `lines` counts lines that are no JSON object; the unfinished last line of a run that is still being written is
    not one of them, that of any other run is. `torn_tail` says that an event file ends without a line break.
    """

    lines: int = 0
    torn_tail: bool = False


@dataclass(frozen=True, slots=True)
class CacheStats:
    """How the cache of parsed event files did: entries, and how often a question found its file unchanged (hits),
    new or changed (misses) or only grown (incremental updates).

    `bytes` is what the entries hold in memory, which is what bounds the cache; `max_size` is the constant that
    clients of the published package know.
    """

    size: int = 0
    hits: int = 0
    misses: int = 0
    incremental_updates: int = 0
    bytes: int = 0
    max_size: int = 100


@dataclass(frozen=True, slots=True)
class LogText:
    """Lines of a log without their line breaks. `total` counts the lines of the file; `truncated` says that the
    oldest of them are left out of `lines`."""

    lines: list[str]
    total: int
    truncated: bool


@dataclass(frozen=True, slots=True)
class MediaRecord:
    """One logged sample. `path` is as logged, relative to the run folder, "" when the event says it all; `file` is
    None when it is missing or would lie outside of that folder. `data` is what the event says, unchecked."""

    kind: str
    key: str
    path: str
    step: int | None
    caption: str | None
    ts: float | None
    file: Path | None
    data: Mapping[str, Any]
