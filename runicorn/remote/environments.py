"""The Python environments of a far machine, and what Runicorn would find from each of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from runicorn.errors import InvalidInput
from runicorn.remote.connection import Connection
from runicorn.remote.errors import CommandFailed, EnvironmentNotFound
from runicorn.remote.shell import quote, run_script

LIST_TIMEOUT_S = 60.0
INSTALL_HINT = "-m pip install runicorn"


@dataclass(frozen=True, slots=True)
class Environment:
    """One Python. `kind` is system, conda, venv, virtualenv, pyenv or uv; no `runicorn_version`: not installed."""

    name: str
    kind: str
    python: str
    prefix: str
    python_version: str
    runicorn_version: str | None
    is_default: bool = False

    @property
    def install_command(self) -> str:
        """What a person types on the far machine to install Runicorn there."""
        return quote([self.python, *INSTALL_HINT.split()])


@dataclass(frozen=True, slots=True)
class FarSetup:
    """What one environment says about itself and about where its runs would be."""

    environment: Environment
    default_root: str
    default_root_exists: bool
    roots: tuple[str, ...]
    free_port: int


def list_environments(connection: Connection) -> list[Environment]:
    """Return the environments, the one to take when none is named first. Raises CommandFailed."""
    script = f"probe={quote([far_source('environment.py')])}\n{far_source('environments.sh')}"
    found = _unique(_parse(run_script(connection, script, timeout=LIST_TIMEOUT_S).splitlines()))
    found.sort(key=lambda one: (one.runicorn_version is None, one.kind != "system"))
    return [replace(one, is_default=index == 0) for index, one in enumerate(found)]


def find_environment(
    connection: Connection, name: str | None, *, known: list[Environment] | None = None
) -> Environment:
    """Return the environment with this name, interpreter or folder, or the default one. Raises EnvironmentNotFound.

    `known` are those of an earlier `list_environments`.
    """
    environments = list_environments(connection) if known is None else known
    if not environments:
        raise CommandFailed(f"{connection.id} has no Python that could be found.")
    for environment in environments:
        if name in (None, "", environment.name, environment.python, environment.prefix):
            return environment
    raise EnvironmentNotFound(str(name))


def read_setup(connection: Connection, environment: Environment) -> FarSetup:
    """Ask the environment's Python where its storage root would be. Raises CommandFailed."""
    check_path(environment.python)
    command = quote([environment.python, "-c", far_source("setup.py")])
    answer = run_script(connection, f"cd / && {command} </dev/null")
    for line in reversed(answer.splitlines()):
        if (found := _object(line)) and "default_root" in found:
            return FarSetup(environment, **{**found, "roots": tuple(found["roots"])})
    raise CommandFailed(f"{environment.python} on {connection.id} gave no answer.")


def check_path(path: str) -> str:
    """Return a far path that can be handed over. Raises InvalidInput for an empty one or a NUL in it."""
    if not path or "\0" in path or len(path) > 4096:
        raise InvalidInput("Invalid path: name a folder or file of the far machine.")
    return path


def far_source(name: str) -> str:
    """Return the text of a program that runs on the far machine."""
    return files("runicorn.remote").joinpath("far", name).read_text(encoding="utf-8")


def _parse(lines: Iterable[str]) -> Iterator[Environment]:
    """Yield what the probes wrote; any other line is noise of a profile or of a broken Python."""
    for line in lines:
        found = _object(line)
        if found and found.keys() == {"kind", "name", "python", "prefix", "python_version", "runicorn_version"}:
            yield Environment(**found)


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _unique(found: Iterable[Environment]) -> list[Environment]:
    """Drop what was found twice, and tell namesakes apart by their folders."""
    by_prefix: dict[str, Environment] = {}
    for environment in found:
        by_prefix.setdefault(environment.prefix, environment)
    names: set[str] = set()
    answer = []
    for one in by_prefix.values():
        name = one.name if one.name not in names else f"{one.name} ({one.prefix})"
        names.add(name)
        answer.append(replace(one, name=name))
    return answer
