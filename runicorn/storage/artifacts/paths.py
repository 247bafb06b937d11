"""Where an artifact and its versions lie, which names they may have, and how to find one.

Source: docs/disk-format.md, section 4.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runicorn.errors import ArtifactNotFound, InvalidInput, InvalidName
from runicorn.storage.layout import ARTIFACTS
from runicorn.storage.names import check_component

TYPES = ("model", "dataset", "config", "code", "custom")
"""The types everyone knows, in the order a name without a type is looked up. Others come after, by name."""

LATEST = "latest"

_VERSION_FOLDER = re.compile(r"v([1-9][0-9]{0,5})")
_VERSION_TEXT = re.compile(r"v[0-9]+")


@dataclass(frozen=True, slots=True)
class VersionFolder:
    """Paths of one version. None of them need exist."""

    path: Path
    number: int

    @property
    def artifact(self) -> ArtifactFolder:
        return ArtifactFolder(self.path.parent)

    @property
    def full_name(self) -> str:
        return f"{self.path.parent.name}:v{self.number}"

    @property
    def metadata(self) -> Path:
        return self.path / "metadata.json"

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    @property
    def lifecycle(self) -> Path:
        return self.path / "lifecycle.json"

    @property
    def files(self) -> Path:
        return self.path / "files"

    @property
    def deleted(self) -> Path:
        return self.path / ".deleted"


@dataclass(frozen=True, slots=True)
class ArtifactFolder:
    """Paths of one artifact, `ROOT/artifacts/<type>/<name>`. None of them need exist."""

    path: Path

    @property
    def root(self) -> Path:
        return self.path.parent.parent.parent

    @property
    def type(self) -> str:
        return self.path.parent.name

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def index(self) -> Path:
        return self.path / "versions.json"

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    def version(self, number: int) -> VersionFolder:
        return VersionFolder(self.path / f"v{number}", number)

    def version_numbers(self) -> list[int]:
        """Return the numbers of the versions on disk, ascending. Links do not count."""
        found = (_VERSION_FOLDER.fullmatch(name) for name in _subfolders(self.path))
        return sorted(int(match[1]) for match in found if match)

    def get_version(self, number: int) -> VersionFolder:
        """Return the version `number`. Raises ArtifactNotFound when it is not on disk."""
        version = self.version(number)
        if number < 1 or version.path.is_symlink() or not version.path.is_dir():
            raise ArtifactNotFound(f"Version not found: {self.name}:v{number}")
        return version


def check_artifact_name(name: object) -> str:
    """Return `name` in NFC when an artifact may be called so. Raises InvalidName."""
    name = check_component("artifact name", name)
    if name.startswith("."):
        raise InvalidName("artifact name", name, "it must not start with a dot.")
    return name


def check_artifact_type(type: object) -> str:
    """Return `type` when it may be the folder of a type of artifacts. Raises InvalidName."""
    type = check_component("artifact type", type)
    if type.startswith("."):
        raise InvalidName("artifact type", type, "it must not start with a dot.")
    return type


def check_alias(alias: object) -> str:
    """Return `alias` when a version may be called so. `latest` moves by itself and `v7` is a version: InvalidName."""
    alias = check_component("alias", alias)
    if alias == LATEST:
        raise InvalidName("alias", alias, "it always names the highest version.")
    if _VERSION_TEXT.fullmatch(alias):
        raise InvalidName("alias", alias, "it would be read as a version number.")
    return alias


def split_spec(spec: str) -> tuple[str, int | str]:
    """Return name and version number, or name and alias, of `name:v3` or `name:alias`. Raises InvalidInput."""
    name, colon, selector = spec.partition(":") if isinstance(spec, str) else ("", "", "")
    if not (name and colon and selector):
        raise InvalidInput(f"Artifact spec must be in format 'name:version' or 'name:alias', got: {spec}")
    return name, parse_selector(selector)


def parse_selector(selector: str) -> int | str:
    """Return the number of `v3` or `3`, or an alias as it is. Raises InvalidInput for `v0` and the like."""
    if match := _VERSION_FOLDER.fullmatch(selector) or _VERSION_FOLDER.fullmatch(f"v{selector}"):
        return int(match[1])
    if _VERSION_TEXT.fullmatch(selector):
        raise InvalidInput(f"Invalid version format: {selector}")
    return selector


def artifact_folder(root: Path, type: str, name: str) -> ArtifactFolder:
    """Paths of the artifact `name`, both names being checked already."""
    return ArtifactFolder(root / ARTIFACTS / type / name)


def find_link(folder: ArtifactFolder) -> Path | None:
    """Return the folder on the way to an artifact, or its own, that is a symbolic link: such are not followed."""
    return next(
        (path for path in (folder.path.parent.parent, folder.path.parent, folder.path) if path.is_symlink()), None
    )


def iter_artifacts(root: Path, type: str | None = None) -> Iterator[ArtifactFolder]:
    """Yield every artifact that has an index or a version, known types first, then by name."""
    for kind in _types(root):
        if type is None or kind == type:
            for name in sorted(_subfolders(root / ARTIFACTS / kind)):
                folder = artifact_folder(root, kind, name)
                if _exists(folder):
                    yield folder


def find_artifact(root: Path, name: str, type: str | None = None) -> ArtifactFolder | None:
    """Return the artifact `name`, of the first type that has one unless `type` is given, or None."""
    if not _is_plain(name) or (type is not None and not _is_plain(type)):
        return None
    for kind in _types(root) if type is None else [type]:
        folder = artifact_folder(root, kind, name)
        if find_link(folder) is None and _exists(folder):
            return folder
    return None


def get_artifact(root: Path, name: str, type: str | None = None) -> ArtifactFolder:
    """Return the artifact `name` as `find_artifact` does. Raises ArtifactNotFound."""
    folder = find_artifact(root, name, type)
    if folder is None:
        hint = "" if type is None else f" (type={type})"
        raise ArtifactNotFound(f"Artifact not found: {name}{hint}")
    return folder


def _exists(folder: ArtifactFolder) -> bool:
    return folder.index.is_file() or bool(folder.version_numbers())


def _types(root: Path) -> list[str]:
    if (root / ARTIFACTS).is_symlink():
        return []
    found = _subfolders(root / ARTIFACTS)
    return [kind for kind in TYPES if kind in found] + sorted(found - set(TYPES))


def _subfolders(folder: Path) -> set[str]:
    try:
        with os.scandir(folder) as entries:
            return {e.name for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)}
    except OSError:
        return set()


def _is_plain(name: str) -> bool:
    """Names on disk may be older than today's rules, but must be one component of a path."""
    return bool(name) and not name.startswith(".") and len(name) <= 255 and not set(name) & set('/\\:\0*?"<>|')
