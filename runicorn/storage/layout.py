"""Names of the files and folders of a storage root. Source: docs/disk-format.md, sections 1 to 5."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

RUNS = "runs"
ARTIFACTS = "artifacts"
EVALUATIONS = "evaluations"
EXPERIMENTS_METADATA = ".experiments_metadata.json"
TRASH = ".runicorn/trash"
"""Where a folder is moved while it is removed for good, below the root."""
STAGING = ".runicorn/staging"
"""Where an archive is unpacked before its runs are renamed into place, below the root."""

NOT_PROJECTS = frozenset({RUNS, ARTIFACTS, EVALUATIONS, "sweeps", "webui"})

META = "meta.json"
STATUS = "status.json"
SUMMARY = "summary.json"
CONFIG = "config.json"
LABELS = "labels.json"
ENVIRONMENT = "environment.json"
GIT_PATCH = "git.patch"
ARTIFACTS_CREATED = "artifacts_created.json"
ARTIFACTS_USED = "artifacts_used.json"
DELETED = ".deleted"
EVENTS = "events.jsonl"
LOGS = "logs.txt"
MEDIA = "media"

METADATA_FILES = (META, STATUS, SUMMARY, CONFIG, LABELS, ARTIFACTS_CREATED, ARTIFACTS_USED, DELETED)
"""The small files a listing of runs is made of."""

RUN_ID_PATTERN = r"^[0-9]{8}_[0-9]{6}_[a-f0-9]{6}$"
RUN_ID = re.compile(RUN_ID_PATTERN)

_EVENT_FILE = re.compile(r"^events(\.[^/\\]+)?\.jsonl$")


def is_event_file(name: str) -> bool:
    """Tell whether `name` is `events.jsonl` or a further segment `events.<writer>.jsonl`."""
    return _EVENT_FILE.match(name) is not None


def is_project_folder(name: str) -> bool:
    """Tell whether a top-level folder of the root may hold `<name>/runs/<id>`."""
    return name not in NOT_PROJECTS and not name.startswith(".")


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Paths of one run folder. None of them need exist.

    `folder` is its path as text: ten thousand of these are made where few are ever opened. `project_folder` and
    `name_folder` are None in the legacy layout `ROOT/runs/<id>`.
    """

    folder: str
    project_folder: str | None = None
    name_folder: str | None = None

    @property
    def path(self) -> Path:
        return Path(self.folder)

    @property
    def run_id(self) -> str:
        return os.path.basename(self.folder)

    @property
    def meta(self) -> Path:
        return self.path / META

    @property
    def status(self) -> Path:
        return self.path / STATUS

    @property
    def summary(self) -> Path:
        return self.path / SUMMARY

    @property
    def config(self) -> Path:
        return self.path / CONFIG

    @property
    def labels(self) -> Path:
        return self.path / LABELS

    @property
    def environment(self) -> Path:
        return self.path / ENVIRONMENT

    @property
    def artifacts_created(self) -> Path:
        return self.path / ARTIFACTS_CREATED

    @property
    def artifacts_used(self) -> Path:
        return self.path / ARTIFACTS_USED

    @property
    def deleted(self) -> Path:
        return self.path / DELETED

    @property
    def events(self) -> Path:
        return self.path / EVENTS

    @property
    def logs(self) -> Path:
        return self.path / LOGS

    @property
    def media(self) -> Path:
        return self.path / MEDIA


def run_files(root: Path, project: str, name: str, run_id: str) -> RunFiles:
    """Paths of the run `run_id` in the layout new runs are written in."""
    return RunFiles(os.fspath(root / project / name / RUNS / run_id), project, name)
