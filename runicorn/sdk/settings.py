"""What the caller and the environment ask of a run, checked once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from runicorn.config import resolve_root
from runicorn.errors import InvalidInput
from runicorn.storage.mounts import is_remote
from runicorn.storage.names import check_experiment, check_project, check_run_id

AUTO_NAME = "auto"
MODE_VARIABLE = "RUNICORN_MODE"
MODES = ("online", "disabled")
RESUME = ("allow", "must", "never")
DURABILITY = ("process", "sync", "background")
RANK_VARIABLES = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
WORLD_SIZE_VARIABLES = ("WORLD_SIZE", "SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")


class Settings(NamedTuple):
    """How one run is written.

    `rank` is None unless this is one process of a distributed run. With `hand_over` a thread does the writing, as it
    must where the storage may hang.
    """

    root: Path
    project: str
    experiment: str
    run_id: str | None
    enabled: bool
    resume: str
    power_safe: bool
    hand_over: bool
    strict: bool
    rank: int | None
    webhook: str | None
    labels: dict[str, Any]


def read_settings(
    *,
    project: str,
    storage: str | os.PathLike[str] | None,
    run_id: str | None,
    name: str | None,
    resume: str | bool | None,
    mode: str | None,
    durability: str,
    strict: bool,
    webhook: str | None,
    labels: Mapping[str, Any],
) -> Settings:
    """Return checked settings. Raises InvalidInput, which is a ValueError, for a value that cannot be meant."""
    root = resolve_root(storage)
    durability = _choose("durability", durability, DURABILITY)
    return Settings(
        root=root,
        project=check_project(project or "default"),
        experiment=check_experiment(_make_name() if name == AUTO_NAME else name or "default"),
        run_id=None if run_id is None else check_run_id(run_id),
        enabled=_choose("mode", mode or os.environ.get(MODE_VARIABLE) or "online", MODES) != "disabled",
        resume=_choose("resume", _resume(resume), RESUME),
        power_safe=durability == "sync",
        hand_over=durability == "background" or is_remote(root),
        strict=bool(strict),
        rank=find_rank(os.environ),
        webhook=_check_webhook(webhook),
        labels=_check_labels({name: value for name, value in labels.items() if value}),
    )


def find_rank(environment: Mapping[str, str]) -> int | None:
    """Return this process's rank in a distributed run, as its launcher's variables say; None when it runs alone."""
    for rank_variable, size_variable in zip(RANK_VARIABLES, WORLD_SIZE_VARIABLES, strict=True):
        rank, size = environment.get(rank_variable, ""), environment.get(size_variable, "")
        if rank.isdigit() and (size != "1"):
            return int(rank)
    return None


def _make_name() -> str:
    from runicorn.sdk.naming import generate_name

    return generate_name()


def _check_labels(labels: dict[str, Any]) -> dict[str, Any]:
    if not labels:
        return {}
    from runicorn.storage.labels import check_labels

    return check_labels(**labels)


def _check_webhook(url: str | None) -> str | None:
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise InvalidInput(f"A webhook is an http or https address, not {url!r}.")
    return url or None


def _resume(resume: str | bool | None) -> str:
    if resume is None or resume is True:
        return "allow"
    return "never" if resume is False else resume


def _choose(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InvalidInput(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value
