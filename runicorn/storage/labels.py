"""What people say about a run: tags, notes, group, pinned, archived.

They live in the run's `labels.json`. The published package's `.experiments_metadata.json`, one file for the whole
root, is read for what `labels.json` does not say and kept in step when it exists.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from runicorn.errors import InvalidInput
from runicorn.storage import layout
from runicorn.storage.documents import Damaged, find_object, read_object, write_json
from runicorn.storage.layout import RunFiles

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one run. `tags` are unique and in the order they were given."""

    tags: tuple[str, ...] = ()
    notes: str | None = None
    group: str | None = None
    job_type: str | None = None
    pinned: bool = False
    archived: bool = False


def parse_labels(document: Mapping[str, Any], shared: Mapping[str, Any] | None = None) -> Labels:
    """Return the labels that `labels.json` and the run's entry of `.experiments_metadata.json` give together.

    What `labels.json` says wins key by key. Values of the wrong type count as not given.
    """
    entry = shared if isinstance(shared, Mapping) else {}
    values = {**entry, "notes": entry.get("description"), **document}
    return Labels(
        tags=_tags(values.get("tags")),
        notes=_text(values.get("notes")),
        group=_text(values.get("group")),
        job_type=_text(values.get("job_type")),
        pinned=values.get("pinned") is True,
        archived=values.get("archived") is True,
    )


def read_shared(root: Path) -> dict[str, Any]:
    """Return `.experiments_metadata.json` by run id, empty when it is missing or damaged."""
    return find_object(root / layout.EXPERIMENTS_METADATA)


def read_labels(root: Path, run: RunFiles) -> Labels:
    """Return the labels of one run."""
    return parse_labels(find_object(run.labels), read_shared(root).get(run.run_id))


def write_labels(root: Path, run: RunFiles, *, sync: bool = True, **changes: Any) -> Labels:
    """Change the labels named in `changes` and return all of them.

    Raises InvalidInput for an unknown label or a value of the wrong type, OSError when the disk refuses.
    """
    checked = check_labels(**changes)
    with _lock:
        labels = parse_labels({**asdict(read_labels(root, run)), **checked})
        document = {**find_object(run.labels), **asdict(labels), "updated_at": time.time()}
        write_json(run.labels, document, sync=sync)
        _write_shared(root, run, labels)
    return labels


def check_labels(**changes: Any) -> dict[str, Any]:
    """Return `changes` with tags made unique. Raises InvalidInput for an unknown label or a wrong type."""
    known = {field.name for field in fields(Labels)}
    for name, value in changes.items():
        if name not in known:
            raise InvalidInput(f"Unknown label {name!r}: it is one of {', '.join(sorted(known))}.")
        if name == "tags":
            changes["tags"] = check_tags(value)
        elif name in ("pinned", "archived"):
            if not isinstance(value, bool):
                raise InvalidInput(f"{name} must be true or false, not {value!r}.")
        elif value is not None and not isinstance(value, str):
            raise InvalidInput(f"{name} must be text, not {type(value).__name__}.")
    return changes


def check_tags(tags: Any) -> tuple[str, ...]:
    """Return tags stripped and unique, in order. Raises InvalidInput unless all are non-empty text."""
    if isinstance(tags, str) or not isinstance(tags, Iterable):
        raise InvalidInput("tags must be a list of texts.")
    tags = list(tags)
    if any(not isinstance(tag, str) or not tag.strip() for tag in tags):
        raise InvalidInput("Every tag must be a non-empty text.")
    return tuple(dict.fromkeys(tag.strip() for tag in tags))


def write_shared_entry(root: Path, run_id: str, changes: Mapping[str, Any] | None) -> None:
    """Merge `changes` into a run's entry of `.experiments_metadata.json`, or drop it when None. Makes the file."""
    with _lock:
        document = read_shared(root)
        if changes is None:
            document.pop(run_id, None)
        else:
            old = document.get(run_id)
            document[run_id] = {**(old if isinstance(old, dict) else {}), **changes}
        write_json(root / layout.EXPERIMENTS_METADATA, document)


def _write_shared(root: Path, run: RunFiles, labels: Labels) -> None:
    path = root / layout.EXPERIMENTS_METADATA
    try:
        document = read_object(path)
    except (FileNotFoundError, Damaged):
        return
    old = document.get(run.run_id)
    now = time.time()
    document[run.run_id] = {
        "id": run.run_id,
        "project": run.project_folder or "default",
        "name": run.name_folder or "default",
        "created_at": now,
        **(old if isinstance(old, dict) else {}),
        "tags": list(labels.tags),
        "description": labels.notes,
        "updated_at": now,
        "archived": labels.archived,
        "pinned": labels.pinned,
    }
    write_json(path, document)


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(dict.fromkeys(tag for tag in value if isinstance(tag, str) and tag))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
