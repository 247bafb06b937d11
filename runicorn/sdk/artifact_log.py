"""Storing an artifact for a run, and taking one: what `Run.log_artifact` and `Run.use_artifact` do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runicorn.errors import Conflict, InvalidInput
from runicorn.sdk.artifact import Artifact
from runicorn.sdk.progress import show_progress
from runicorn.storage.artifacts import records, versions
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.paths import VersionFolder, get_artifact, split_spec

if TYPE_CHECKING:
    from runicorn.sdk.run import Run


def log_artifact(run: Run, artifact: Artifact) -> int:
    """Store a new version of `artifact` whole, or not at all, and return its number.

    Raises InvalidInput when nothing was added and FileNotFoundError when an added file is gone. A storage that cannot
    be written is reported and 0 returned, as by a run that is switched off; with `strict` it is raised.
    """
    new = artifact._to_new_version(run.id)
    if not new.files and not new.references:
        raise InvalidInput("Artifact has no files or references to save")
    total = sum(os.stat(file.source).st_size for file in new.files)
    if not run.settings.enabled:
        return 0
    try:
        with show_progress(f"Storing {artifact.name}", total) as progress:
            version = versions.create_version(run.storage_root, new, progress)
        for alias in artifact._aliases:
            versions.set_alias(version.artifact, alias, version.number)
        records.record_created(run.files, version)
    except (OSError, Conflict) as error:
        _report(run, error, f"Artifact {artifact.name} could not be stored")
        return 0
    artifact._stored = version
    return version.number


def use_artifact(run: Run, spec: str) -> Artifact:
    """Return the artifact `"name:v2"`, `"name:alias"` or `"name:latest"`, and record once that the run uses it.

    A name without a type means the first of model, dataset, config, code, custom that has it. Raises InvalidInput for
    anything else than such a text, ArtifactNotFound (a FileNotFoundError) and AliasNotFound (a ValueError too).
    """
    name, selector = split_spec(spec)
    folder = get_artifact(run.storage_root, name)
    version = folder.get_version(read_index(folder).resolve(selector))
    if run.settings.enabled:
        _record_use(run, version)
    return Artifact.load(version)


def _record_use(run: Run, version: VersionFolder) -> None:
    try:
        records.record_used(run.files, version)
    except OSError as error:
        _report(run, error, f"The use of {version.full_name} could not be recorded")


def _report(run: Run, error: OSError | Conflict, what: str) -> None:
    run._recorder.report(error if isinstance(error, OSError) else OSError(str(error)), what)
