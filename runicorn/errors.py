"""Every error Runicorn raises on purpose.

    RunicornError
      InvalidInput            a value was refused
        InvalidName             a project, run, or artifact name no file system should hold
        QueryError              a search expression or SQL text that cannot run
          QueryTimeout          an SQL text that takes longer than it may
      NotFound                the thing asked for is not on disk
        RunNotFound
        ArtifactNotFound
          AliasNotFound
      Conflict                the state on disk does not allow it
        ArtifactDamaged         a stored file no longer hashes to its name
      Forbidden               the caller may not
      TooLarge                a body, archive or answer over its limit
      UnsupportedMediaType    a body of the wrong type
      TooManyRequests
      StorageError            the storage root cannot be used
        StorageNotFound         it is not there
        StorageDenied           it may not be read
      ConfigError             a configuration file or variable cannot be used
      PortInUse               the viewer cannot listen there

`code` is stable and public; `status` is what the viewer answers, `exit_code` what the command line returns.
The text is safe to show to any client of the viewer.
"""

from __future__ import annotations

from pathlib import Path


class RunicornError(Exception):
    """Base class. Catch this to catch them all."""

    code = "internal_error"
    status = 500
    exit_code = 1


class InvalidInput(RunicornError, ValueError):
    """A value was refused; the text names it and says what would have been right."""

    code = "invalid_input"
    status = 400


class InvalidName(InvalidInput):
    """A name that would leave its folder or that some file system cannot hold."""

    code = "invalid_name"

    def __init__(self, kind: str, name: object, reason: str) -> None:
        shown = repr(name) if len(repr(name)) <= 80 else repr(name)[:77] + "..."
        super().__init__(f"Invalid {kind} {shown}: {reason}")
        self.name = name


class QueryError(InvalidInput):
    """A search expression or SQL text that cannot run. `position` counts characters from 0, when known."""

    code = "query_error"

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class QueryTimeout(QueryError):
    """An SQL text that takes longer than it may."""

    code = "query_timeout"
    status = 408

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"The query was stopped after {timeout_s:g} seconds. Ask for fewer runs or metrics.")


class NotFound(RunicornError, LookupError):
    """The thing asked for is not on disk."""

    code = "not_found"
    status = 404


class RunNotFound(NotFound):
    """No live run has this id."""

    code = "run_not_found"

    def __init__(self, run_id: str, message: str = "Run not found") -> None:
        super().__init__(message)
        self.run_id = run_id


class ArtifactNotFound(NotFound, FileNotFoundError):
    """No artifact, or no version of it, has this name."""

    code = "artifact_not_found"


class AliasNotFound(ArtifactNotFound, ValueError):
    """No version of the artifact has this alias."""

    code = "alias_not_found"

    def __init__(self, artifact: str, alias: str, known: list[str]) -> None:
        super().__init__(f"Alias not found: {alias} for artifact {artifact}. Available aliases: {known}")


class Conflict(RunicornError):
    """The state on disk does not allow it."""

    code = "conflict"
    status = 409


class ArtifactDamaged(Conflict):
    """A stored file no longer hashes to its name, so it is not handed out."""

    code = "artifact_damaged"

    def __init__(self, artifact: str, path: str) -> None:
        super().__init__(f"{artifact}: the stored file {path!r} is damaged, its SHA-256 does not match the manifest.")
        self.path = path


class Forbidden(RunicornError):
    """The caller may not do this."""

    code = "forbidden"
    status = 403
    exit_code = 3


class TooLarge(RunicornError):
    """A body, archive or answer is over its limit."""

    code = "too_large"
    status = 413


class UnsupportedMediaType(RunicornError):
    """The body has a type this call does not take."""

    code = "unsupported_media_type"
    status = 415


class TooManyRequests(RunicornError):
    """A client is over its rate."""

    code = "too_many_requests"
    status = 429


class StorageError(RunicornError):
    """The storage root cannot be used."""

    code = "storage_error"
    exit_code = 4


class StorageNotFound(StorageError):
    """The storage root is not there."""

    code = "storage_not_found"

    def __init__(self, root: Path) -> None:
        super().__init__(f"Storage root {root} does not exist. Name another with --storage, or log a first run.")
        self.root = root


class StorageDenied(StorageError):
    """The storage root may not be read."""

    code = "storage_denied"

    def __init__(self, root: Path, reason: str) -> None:
        super().__init__(f"Storage root {root} cannot be read: {reason}.")
        self.root = root


class ConfigError(RunicornError):
    """A configuration file or variable cannot be used."""

    code = "config_error"
    status = 400
    exit_code = 2


class PortInUse(RunicornError):
    """Another program listens there already."""

    code = "port_in_use"
    exit_code = 4

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Port {port} on {host} is already in use. Choose another with --port.")
        self.port = port
