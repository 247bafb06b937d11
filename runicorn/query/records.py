"""A run as it is shown: its documents read together, odd values left out, its state as it really is."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from runicorn.storage import layout
from runicorn.storage.documents import parse_json
from runicorn.storage.labels import parse_labels
from runicorn.storage.layout import RunFiles
from runicorn.storage.liveness import Liveness, liveness
from runicorn.storage.runs import StoredRun
from runicorn.storage.status import FAILED, FINISHED, RUNNING, is_remote_copy

_DATA_FILES = frozenset({".deleted", "labels.json"})
"""Files that say something about a run but are no part of its work."""


class RunRecord(NamedTuple):
    """One run. Times are Unix seconds, durations seconds.

    `status` is what to show: a run stored as running whose process is known to be dead is "failed". `liveness` is
    None unless the run is stored as running. `deleted_at` and the two fields after it are None for a live run.
    `warnings` say in the user's words what of the run could not be read.

    `summary`, `config` and `meta` are kept as JSON and decoded whenever they are asked for: many runs are listed for
    each whose documents are looked at. A named tuple is made in a tenth of the time of a frozen dataclass.
    """

    files: RunFiles
    id: str
    project: str | None
    name: str | None
    created_time: float
    status: str
    stored_status: str
    liveness: Liveness | None
    pid: int | None
    hostname: str | None
    started_at: float | None
    ended_at: float | None
    updated_at: float
    duration_s: float | None
    best_metric_name: str | None
    best_metric_value: float | None
    best_metric_step: int | None
    best_metric_mode: str | None
    summary_json: str
    config_json: str
    meta_json: str
    tags: tuple[str, ...]
    notes: str | None
    group: str | None
    job_type: str | None
    archived: bool
    pinned: bool
    artifacts_created_count: int
    artifacts_used_count: int
    deleted: bool
    deleted_at: float | None
    delete_reason: str | None
    original_status: str | None
    warnings: tuple[str, ...]

    @property
    def run_dir(self) -> Path:
        return self.files.path

    @property
    def summary(self) -> dict[str, Any]:
        return _decode(self.summary_json)

    @property
    def config(self) -> dict[str, Any]:
        return _decode(self.config_json)

    @property
    def meta(self) -> dict[str, Any]:
        return _decode(self.meta_json)


def make_record(stored: StoredRun, shared_labels: Mapping[str, Any] | None = None) -> RunRecord:
    """Return `stored` as it is shown now; `shared_labels` is its entry of `.experiments_metadata.json`."""
    meta, status, summary = stored.meta, stored.status, stored.summary
    labels = parse_labels(stored.labels, shared_labels)
    deleted = stored.deleted or {}
    stored_status = _text(status.get("status")) or FINISHED
    alive = _liveness(stored, stored_status)
    shown = FAILED if alive == "dead" else stored_status
    started, ended = _number(status.get("started_at")), _number(status.get("ended_at"))
    created = _number(meta.get("created_at"))
    created = stored.folder_time if created is None else created
    updated = _updated_at(stored)
    return RunRecord(
        files=stored.files,
        id=stored.files.run_id,
        project=_text(meta.get("project")) or stored.files.project_folder,
        name=_text(meta.get("name")) or stored.files.name_folder,
        created_time=created,
        status=shown,
        stored_status=stored_status,
        liveness=alive,
        pid=_integer(meta.get("pid")),
        hostname=_text(meta.get("hostname")),
        started_at=started,
        ended_at=ended,
        updated_at=updated,
        duration_s=_duration(created if started is None else started, ended, updated, shown),
        best_metric_name=_text(summary.get("best_metric_name")),
        best_metric_value=_number(summary.get("best_metric_value")),
        best_metric_step=_integer(summary.get("best_metric_step")),
        best_metric_mode=_text(summary.get("best_metric_mode")),
        summary_json=stored.texts.get(layout.SUMMARY, "{}"),
        config_json=stored.texts.get(layout.CONFIG, "{}"),
        meta_json=stored.texts.get(layout.META, "{}"),
        tags=labels.tags,
        notes=labels.notes,
        group=labels.group,
        job_type=labels.job_type,
        archived=labels.archived,
        pinned=labels.pinned,
        artifacts_created_count=len(stored.artifacts_created),
        artifacts_used_count=len(stored.artifacts_used),
        deleted=stored.deleted is not None,
        deleted_at=_number(deleted.get("deleted_at")),
        delete_reason=_text(deleted.get("reason")),
        original_status=_text(deleted.get("original_status")),
        warnings=(*stored.warnings, *_losses(status)),
    )


_LOSSES = {
    "dropped_events": "{} events were lost while logging: the disk refused them.",
    "refused_values": "{} values were not logged: they could not be written as JSON.",
}


def _losses(status: Mapping[str, Any]) -> Iterator[str]:
    """What the writer of the run says it could not keep."""
    for key, sentence in _LOSSES.items():
        if count := _integer(status.get(key)):
            yield sentence.format(count)


def _liveness(stored: StoredRun, stored_status: str) -> Liveness | None:
    if stored_status != RUNNING:
        return None
    return "unknown" if is_remote_copy(stored.files) else liveness(stored.meta)


def _updated_at(stored: StoredRun) -> float:
    """When the newest file of the run's work was written."""
    times = [time_ns for name, time_ns, _, _ in stored.fingerprint if name not in _DATA_FILES]
    return max(times) / 1e9 if times else stored.folder_time


def _duration(started: float, ended: float | None, updated: float, status: str) -> float:
    """Seconds from start to end, to now for a running run, to its last sign of life for any other; never negative."""
    if ended is None:
        ended = time.time() if status == RUNNING else updated
    return max(ended - started, 0.0)


def _decode(text: str) -> dict[str, Any]:
    document: dict[str, Any] = parse_json(text)
    return document


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def _integer(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
