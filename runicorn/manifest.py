"""A list of what a storage root holds, for programs that copy it to another machine.

Source: docs/disk-format.md, section 6. Runs in the recycle bin are left out.
"""

from __future__ import annotations

import enum
import gzip
import hashlib
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runicorn._version import __version__
from runicorn.errors import TooLarge
from runicorn.storage import layout
from runicorn.storage.documents import dump_json, find_object, write_bytes, write_json
from runicorn.storage.folders import iter_entries
from runicorn.storage.layout import RunFiles
from runicorn.storage.liveness import hostname
from runicorn.storage.runs import check_root, iter_run_folders

FORMAT_VERSION = "1.0"
FOLDER = ".runicorn"
STATE = ".manifest_state.json"
ACTIVE_WINDOW_SECONDS = 3600
TAIL_BYTES = 4096
MAX_DOCUMENT_BYTES = 1024 * 1024
MAX_MANIFEST_BYTES = 10 * 1024 * 1024


class ManifestType(enum.StrEnum):
    """Every run, or only those that changed lately."""

    FULL = "full"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class SyncManifest:
    """What was written. `experiments` and `statistics` have the fields of docs/disk-format.md, section 6."""

    format_version: str
    manifest_type: str
    revision: int
    snapshot_id: str
    generated_at: float
    server_hostname: str
    remote_root: str
    experiments: list[dict[str, Any]]
    statistics: dict[str, int]
    generator_version: str


class ManifestGenerator:
    """Writes manifests of the storage root `remote_root` into `output_dir`, by default its `.runicorn` folder.

    An active manifest holds the runs that changed in the last `active_window_seconds`. `incremental` leaves a
    manifest as it is when nothing changed since.
    """

    def __init__(
        self,
        remote_root: str | os.PathLike[str],
        output_dir: str | os.PathLike[str] | None = None,
        active_window_seconds: float = ACTIVE_WINDOW_SECONDS,
        incremental: bool = True,
    ) -> None:
        self.root = check_root(Path(remote_root))
        self.output_dir = Path(output_dir) if output_dir is not None else self.root / FOLDER
        self.active_window_seconds = active_window_seconds
        self.incremental = incremental

    def generate(
        self,
        manifest_type: ManifestType | str = ManifestType.FULL,
        output_path: str | os.PathLike[str] | None = None,
    ) -> tuple[SyncManifest, Path]:
        """Write the manifest, and the same gzipped beside it, and return it with its path.

        Raises TooLarge over 10 MiB, OSError when the disk refuses.
        """
        manifest_type = ManifestType(manifest_type)
        path = Path(output_path) if output_path is not None else self.output_dir / f"{manifest_type}_manifest.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        state_path = path.parent / STATE
        experiments = list(self._experiments(manifest_type))
        previous = find_object(path)
        if self.incremental and previous.get("experiments") == experiments and _fields_fit(previous):
            return SyncManifest(**previous), path
        last = find_object(state_path).get("last_revision")
        manifest = self._assemble(manifest_type, experiments, revision=last + 1 if isinstance(last, int) else 1)
        self._write(path, manifest)
        write_json(state_path, {"last_revision": manifest.revision, "last_generated": manifest.generated_at})
        return manifest, path

    def _experiments(self, manifest_type: ManifestType) -> Iterator[dict[str, Any]]:
        oldest = time.time() - self.active_window_seconds if manifest_type is ManifestType.ACTIVE else 0.0
        for run in sorted(iter_run_folders(self.root), key=lambda run: run.path):
            if not run.deleted.exists():
                experiment = _describe_run(self.root, run)
                if experiment["updated_at"] >= oldest:
                    yield experiment

    def _assemble(
        self, manifest_type: ManifestType, experiments: list[dict[str, Any]], *, revision: int
    ) -> SyncManifest:
        files = [entry for experiment in experiments for entry in experiment["files"]]
        return SyncManifest(
            format_version=FORMAT_VERSION,
            manifest_type=manifest_type.value,
            revision=revision,
            snapshot_id=str(uuid.uuid4()),
            generated_at=time.time(),
            server_hostname=hostname(),
            remote_root=str(self.root),
            experiments=experiments,
            statistics={
                "total_experiments": len(experiments),
                "total_files": len(files),
                "total_bytes": sum(entry["size"] for entry in files),
            },
            generator_version=__version__,
        )

    def _write(self, path: Path, manifest: SyncManifest) -> None:
        data = dump_json(asdict(manifest))
        if len(data) > MAX_MANIFEST_BYTES:
            raise TooLarge(f"The manifest would have {len(data)} bytes, over the limit of {MAX_MANIFEST_BYTES}.")
        write_bytes(path, data)
        write_bytes(path.with_name(f"{path.name}.gz"), gzip.compress(data, mtime=0))


def _describe_run(root: Path, run: RunFiles) -> dict[str, Any]:
    meta, status = find_object(run.meta), find_object(run.status)
    files = sorted(_describe_files(root, run), key=lambda entry: entry["path"])
    created = meta.get("created_at")
    changed = max((entry["mtime"] for entry in files), default=os.stat(run.path).st_mtime)
    return {
        "run_id": run.run_id,
        "project": meta.get("project", run.project_folder),
        "name": meta.get("name", run.name_folder),
        "status": status.get("status", "finished"),
        "created_at": created if isinstance(created, int | float) else os.stat(run.path).st_mtime,
        "updated_at": changed,
        "files": files,
        "tags": None,
    }


def _describe_files(root: Path, run: RunFiles) -> Iterator[dict[str, Any]]:
    for entry in iter_entries(run.path):
        if not entry.is_file(follow_symlinks=False) or entry.name.endswith((".lock", ".tmp")):
            continue
        details = entry.stat(follow_symlinks=False)
        is_document = entry.name.endswith(".json")
        if is_document and details.st_size > MAX_DOCUMENT_BYTES:
            continue
        path = Path(entry.path)
        found = {
            "path": path.relative_to(root).as_posix(),
            "size": details.st_size,
            "mtime": details.st_mtime,
        }
        if is_document:
            found["priority"] = 1
        elif entry.name == layout.LOGS or layout.is_event_file(entry.name):
            found |= {"priority": 2, "tail_hash": _hash_tail(path), "is_append_only": True}
        yield found


def _hash_tail(path: Path) -> str:
    """Return 32 hex digits over the last 4096 bytes. No secret: it tells whether a file that grew is still the same."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        return hashlib.md5(file.read(TAIL_BYTES), usedforsecurity=False).hexdigest()


def _fields_fit(document: dict[str, Any]) -> bool:
    return document.keys() == set(_field_names())


def _field_names() -> Iterable[str]:
    return SyncManifest.__dataclass_fields__
