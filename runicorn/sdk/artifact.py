"""`Artifact`: files a run makes or takes, kept as numbered versions in the storage root."""

from __future__ import annotations

import enum
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from runicorn.errors import ArtifactNotFound, InvalidInput
from runicorn.sdk.complaints import get_logger
from runicorn.sdk.progress import show_progress
from runicorn.sdk.values import to_json_or_text
from runicorn.storage.artifacts import contents
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.manifests import Manifest, ReferenceEntry, read_manifest
from runicorn.storage.artifacts.metadata import VersionMetadata, read_metadata
from runicorn.storage.artifacts.paths import VersionFolder, check_alias, check_artifact_name, check_artifact_type
from runicorn.storage.artifacts.versions import NewVersion
from runicorn.storage.names import check_relative_path


class ArtifactType(enum.StrEnum):
    """The types everyone knows; any other text that can name a folder is a type too."""

    MODEL = "model"
    DATASET = "dataset"
    CONFIG = "config"
    CODE = "code"
    CUSTOM = "custom"


class Artifact:
    """Something worth keeping: add files to a new one and give it to `run.log_artifact`, or get a stored one from
    `run.use_artifact`.

    `name` and `type` must be able to name a folder; InvalidInput, which is a ValueError, is raised otherwise.
    """

    def __init__(
        self,
        name: str,
        type: str | ArtifactType = ArtifactType.MODEL,
        description: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = check_artifact_name(name)
        self.type = _known_type(type)
        self.description = description
        self.metadata: dict[str, Any] = dict(metadata or {})
        self._files: dict[str, Path] = {}
        self._references: list[ReferenceEntry] = []
        self._tags: list[str] = []
        self._aliases: list[str] = []
        self._stored: VersionFolder | None = None

    @classmethod
    def load(cls, version: VersionFolder) -> Artifact:
        """Return the artifact that is stored as `version`."""
        said = read_metadata(version)
        artifact = cls.__new__(cls)
        artifact.name, artifact.type = version.artifact.name, _known_type(version.artifact.type)
        artifact.description, artifact.metadata = said.description, said.metadata
        artifact._files, artifact._references, artifact._tags, artifact._aliases = {}, [], list(said.tags), []
        artifact._stored = version
        return artifact

    def add_file(self, path: str | os.PathLike[str], name: str | None = None) -> Artifact:
        """Add the file `path`, stored as `name` (with `/` between folders) or else under its own name.

        It is read when the artifact is logged. A second file of a name is left out with a warning. Raises
        FileNotFoundError, and ValueError for a folder or for a name no file system should hold.
        """
        source = Path(path)
        if not source.exists():
            raise FileNotFoundError(f"File not found: {source}")
        if not source.is_file():
            raise InvalidInput(f"Not a file: {source}. Use add_dir for a folder.")
        stored = check_relative_path("artifact path", source.name if name is None else name)
        if stored in self._files:
            get_logger().warning("Artifact %s: %r is there already, %s was left out.", self.name, stored, source)
        else:
            self._files[stored] = source.absolute()
        return self

    def add_dir(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        exclude_patterns: Iterable[str] | None = None,
    ) -> Artifact:
        """Add every file below the folder `path`, sorted, under the prefix `name` if given.

        Files whose path matches one of the globs (as `Path.match` does) are left out, links to folders too. Raises
        FileNotFoundError, and ValueError for a file.
        """
        folder = Path(path)
        if not folder.exists():
            raise FileNotFoundError(f"Directory not found: {folder}")
        if not folder.is_dir():
            raise InvalidInput(f"Not a directory: {folder}. Use add_file for a file.")
        patterns = list(exclude_patterns or ())
        for file in sorted(folder.rglob("*")):
            relative = file.relative_to(folder)
            if file.is_file() and not any(relative.match(pattern) for pattern in patterns):
                self.add_file(file, f"{name}/{relative.as_posix()}" if name else relative.as_posix())
        return self

    def add_reference(
        self,
        uri: str,
        checksum: str | None = None,
        size: int | None = None,
        name: str | None = None,
        **metadata: Any,
    ) -> Artifact:
        """Name something that is kept elsewhere; nothing is copied. `size` in bytes. `name` goes to its metadata."""
        if not isinstance(uri, str) or not uri:
            raise InvalidInput("A reference needs a URI.")
        facts = {"name": name, **metadata} if name else metadata
        self._references.append(ReferenceEntry(uri, checksum, size, to_json_or_text(facts)))
        return self

    def add_metadata(self, metadata: Mapping[str, Any]) -> Artifact:
        """Merge facts of any kind into the metadata."""
        self.metadata.update(metadata)
        return self

    def add_tags(self, *tags: str) -> Artifact:
        """Add tags; empty ones, those that are no text and those there already are left out."""
        self._tags += [tag for tag in dict.fromkeys(tags) if isinstance(tag, str) and tag and tag not in self._tags]
        return self

    def add_aliases(self, *aliases: str) -> Artifact:
        """Let these aliases name the version once it is logged, and no other version of the artifact any more."""
        self._aliases += [alias for alias in map(check_alias, aliases) if alias not in self._aliases]
        return self

    @property
    def version(self) -> int | None:
        """The number of the stored version, None before it is logged."""
        return self._stored.number if self._stored else None

    @property
    def full_name(self) -> str:
        """`name:v2`, or `name:unstaged` before it is logged."""
        return f"{self.name}:v{self.version}" if self._stored else f"{self.name}:unstaged"

    @property
    def is_loaded(self) -> bool:
        """Whether this is a stored version."""
        return self._stored is not None

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, in the order they were added."""
        return tuple(self._tags)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names that mean this version now; before it is logged, those it will get."""
        if self._stored is None:
            return tuple(self._aliases)
        return read_index(self._stored.artifact).get(self._stored.number).aliases

    def get_manifest(self) -> Manifest | None:
        """Return what the stored version holds: `files` with `path`, `size` in bytes and `digest`, and `references`."""
        return read_manifest(self._stored.manifest) if self._stored else None

    def get_metadata(self) -> VersionMetadata | None:
        """Return what is said about the stored version."""
        return read_metadata(self._stored) if self._stored else None

    def get_references(self) -> list[ReferenceEntry]:
        """Return what is kept elsewhere, of the stored version or as added so far."""
        manifest = self.get_manifest()
        return list(manifest.references) if manifest else list(self._references)

    def get_file_path(self, path: str) -> Path | None:
        """Return where the file `path` is stored, to be read and never written, or None when there is no such file.

        Its bytes are verified first, once for as long as the file stays unchanged. Raises ArtifactDamaged when they
        do not match, ValueError for a path that leaves the artifact, RuntimeError before it is logged.
        """
        version = self._require_stored()
        path = check_relative_path("file path", path)
        try:
            return contents.get_file(version, path)
        except ArtifactNotFound:
            return None

    def download(self, target_dir: str | os.PathLike[str] | None = None) -> Path:
        """Copy the files into `target_dir`, or into a new temporary folder, and return it.

        Every file is verified while it is copied: ArtifactDamaged is raised rather than wrong bytes handed out.
        Raises RuntimeError before the artifact is logged.
        """
        version = self._require_stored()
        target = Path(target_dir or tempfile.mkdtemp(prefix=f"runicorn_{self.name}_v{version.number}_"))
        target.mkdir(parents=True, exist_ok=True)
        with show_progress(f"Copying {self.full_name}", read_manifest(version.manifest).file_bytes) as progress:
            return contents.download(version, target, progress)

    def verify(self) -> list[str]:
        """Return the paths of stored files that are missing or damaged; an empty list is good news."""
        return contents.find_damage(self._require_stored())

    def __repr__(self) -> str:
        return f"<Artifact {self.full_name} type={self.type}>"

    def _to_new_version(self, run_id: str) -> NewVersion:
        return NewVersion(
            name=self.name,
            type=str(self.type),
            files=[contents.StagedFile(source, path) for path, source in self._files.items()],
            references=list(self._references),
            run_id=run_id,
            metadata=to_json_or_text(self.metadata),
            description=self.description,
            tags=list(self._tags),
        )

    def _require_stored(self) -> VersionFolder:
        if self._stored is None:
            raise RuntimeError(f"Artifact {self.name} is not loaded. Log it first, or get it from run.use_artifact().")
        return self._stored


def _known_type(type: str) -> str:
    try:
        return ArtifactType(type)
    except ValueError:
        return check_artifact_type(type)
