"""Artifact calls of the client. An artifact is named `name`, `name:vN` or `name:alias`; `latest` is an alias."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from runicorn.api.exceptions import NotFoundError, RunicornAPIError
from runicorn.api.transport import Transport, given, segment
from runicorn.storage.names import check_relative_path

_CHUNK_BYTES = 1 << 20


class ArtifactCalls:
    """`client.artifacts`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_artifacts(
        self, type: str | None = None, limit: int | None = None, offset: int = 0
    ) -> list[dict[str, Any]]:
        """Return artifacts, the last changed first."""
        rows = self._transport.json("GET", "artifacts", params=given(type=type))
        return rows[offset : None if limit is None else offset + limit]

    def get_artifact(self, artifact_id: str) -> dict[str, Any]:
        """Return one version's record. Raises NotFoundError."""
        return self._transport.json("GET", f"artifacts/{segment(_with_version(artifact_id))}")

    def list_versions(self, name: str) -> list[dict[str, Any]]:
        """Return the versions of an artifact, newest first."""
        rows = self._transport.json("GET", f"artifacts/{segment(name)}/versions")
        return sorted(rows, key=lambda row: row["version"], reverse=True)

    def get_artifact_lineage(self, artifact_id: str, max_depth: int | None = None) -> dict[str, Any]:
        """Return the graph of runs and artifacts around one version: `nodes`, `edges`, `created_by`, `used_by`."""
        endpoint = f"artifacts/{segment(_with_version(artifact_id))}/lineage"
        return self._transport.json("GET", endpoint, params=given(max_depth=max_depth))

    def list_experiment_artifacts(self, run_id: str, relation: str | None = None) -> list[dict[str, Any]]:
        """Return what a run "created" and "used"; each row says which in `relation`."""
        endpoint = f"experiments/{segment(run_id)}/artifacts"
        return self._transport.json("GET", endpoint, params=given(relation=relation))["artifacts"]

    def download_artifact(self, artifact_id: str, path: str) -> str:
        """Write the files of one version below the folder `path`, made when missing, and return it.

        Every file is checked against its SHA-256. Raises RunicornAPIError when one does not match or when the server
        sends a name that would leave `path`; files finished before stay.
        """
        record = self.get_artifact(artifact_id)
        base = f"artifacts/{segment(record['name'])}/v{record['version']}"
        target = Path(path)
        target.mkdir(parents=True, exist_ok=True)
        for file in self._transport.json("GET", f"{base}/files")["files"]:
            self._download_file(base, file, target)
        return str(target)

    def _download_file(self, base: str, file: dict[str, Any], target: Path) -> None:
        relative = check_relative_path("file name sent by the server", file["path"])
        destination = target / relative
        destination.parent.mkdir(parents=True, exist_ok=True)
        partial = destination.with_name(destination.name + ".part")
        self._fetch(f"{base}/files/{'/'.join(map(segment, relative.split('/')))}", file, partial)
        if file.get("digest") and f"sha256:{_sha256(partial)}" != file["digest"]:
            partial.unlink()
            raise RunicornAPIError(f"{relative} does not match its SHA-256; it was not kept.")
        partial.replace(destination)

    def _fetch(self, endpoint: str, file: dict[str, Any], partial: Path) -> None:
        """Take the bytes over HTTP, or from this machine's disk when the server has no call for them (0.5.x)."""
        try:
            response = self._transport.request("GET", endpoint, stream=True)
        except NotFoundError:
            source = Path(file.get("absolute_path") or "")
            if not source.is_file():
                raise
            shutil.copyfile(source, partial)
            return
        with response, partial.open("wb") as out:
            for chunk in response.iter_content(_CHUNK_BYTES):
                out.write(chunk)


def _with_version(artifact_id: str) -> str:
    """A bare name means its latest version."""
    return artifact_id if ":" in artifact_id else f"{artifact_id}:latest"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
