"""What a run ran in: Python, packages, machine, git, command. Source: docs/disk-format.md, section 2b."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from runicorn.sdk import git
from runicorn.sdk.complaints import get_logger
from runicorn.sdk.gpus import read_gpus
from runicorn.storage.documents import find_object, write_bytes, write_json
from runicorn.storage.layout import ENVIRONMENT, GIT_PATCH

MAX_VALUE_CHARACTERS = 500
MASK = "***"

_VARIABLES = frozenset(
    {"CONDA_DEFAULT_ENV", "CONDA_PREFIX", "HOSTNAME", "LANG", "LD_LIBRARY_PATH", "LOCAL_RANK", "MASTER_ADDR"}
    | {"MASTER_PORT", "PATH", "PYTHONHASHSEED", "PYTHONPATH", "RANK", "TZ", "USER", "VIRTUAL_ENV", "WORLD_SIZE"}
)
_PREFIXES = ("CONDA_", "CUBLAS_", "CUDA_", "HIP_", "JAX_", "KMP_", "MKL_", "NCCL_", "NVIDIA_", "OMP_", "OPENBLAS_")
_MORE_PREFIXES = ("PYTORCH_", "ROCR_", "RUNICORN_", "SLURM_", "TF_", "TORCH_", "XLA_")
_SECRET = re.compile(r"api[-_]?key|token|secret|passw|credential|private|auth", re.IGNORECASE)


@dataclass(slots=True)
class EnvironmentInfo:
    """One record of an environment. What could not be found out is None."""

    python_version: str | None = None
    platform: str | None = None
    platform_details: dict[str, Any] | None = None
    pip_packages: list[str] | None = None
    conda_packages: list[str] | None = None
    conda_env: str | None = None
    git_info: dict[str, Any] | None = None
    env_variables: dict[str, str] = field(default_factory=dict)
    gpu_info: list[dict[str, Any]] | None = None
    command: list[str] | None = None
    executable: str | None = None
    working_dir: str | None = None
    cpu_count: int | None = None
    memory_total_bytes: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as environment.json holds it."""
        return asdict(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the record as JSON. Raises OSError."""
        write_json(Path(path), self.to_dict(), sync=False)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> EnvironmentInfo:
        """Return the record in a file, unknown fields left out; an empty one when the file is missing or damaged."""
        known = find_object(Path(path))
        return cls(**{name: known[name] for name in cls.__dataclass_fields__ if name in known})


class EnvironmentCapture:
    """Finds out about the environment of this process; each question that fails is answered by None."""

    def __init__(self, working_dir: str | os.PathLike[str] | None = None) -> None:
        self.working_dir = Path(working_dir) if working_dir is not None else Path.cwd()

    def capture_all(self) -> EnvironmentInfo:
        """Return everything that is known; takes up to some seconds."""
        return EnvironmentInfo(
            python_version=sys.version,
            platform=_ask(platform.platform),
            platform_details=_ask(_read_platform),
            pip_packages=_ask(list_packages),
            conda_packages=_ask(_list_conda_packages),
            conda_env=os.environ.get("CONDA_DEFAULT_ENV"),
            git_info=_ask(lambda: git.read_git_info(self.working_dir)),
            env_variables=choose_variables(os.environ.items()),
            gpu_info=_ask(read_gpus),
            command=mask_arguments(_read_command()),
            executable=sys.executable,
            working_dir=str(self.working_dir),
            cpu_count=os.cpu_count(),
            memory_total_bytes=_ask(_read_memory),
        )

    def capture_code_snapshot(
        self,
        code_dir: str | os.PathLike[str],
        output_dir: str | os.PathLike[str],
        extensions: Iterable[str] | None = None,
    ) -> bool:
        """Copy the source files below `code_dir` to `output_dir`; returns whether that was done and not nothing."""
        from runicorn.sdk.code import EXTENSIONS, list_source_files

        source, target = Path(code_dir), Path(output_dir)
        try:
            files = list_source_files(source, frozenset(extensions) if extensions else EXTENSIONS)
            for name in files:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / name, target / name)
        except OSError as error:
            get_logger().warning("The code in %s was not copied: %s", source, error)
            return False
        return bool(files)


def capture_for_run(
    run_dir: str | os.PathLike[str], working_dir: str | os.PathLike[str] | None = None
) -> EnvironmentInfo | None:
    """Write `environment.json`, and `git.patch` when the code differs from its commit; None when that failed."""
    folder, capture = Path(run_dir), EnvironmentCapture(working_dir)
    info = capture.capture_all()
    try:
        info.save(folder / ENVIRONMENT)
        patch = git.read_patch(capture.working_dir) if info.git_info and info.git_info["has_changes"] else None
        if patch is not None:
            write_bytes(folder / GIT_PATCH, patch, sync=False)
    except OSError as error:
        get_logger().debug("The environment was not written to %s: %s", folder, error)
        return None
    return info


def list_packages() -> list[str]:
    """Return the installed distributions as `name==version`, sorted.

    Read from the names of their records alone, in milliseconds: this goes on while training does.
    """
    found: set[str] = set()
    for folder in {entry for entry in sys.path if os.path.isdir(entry)}:
        found.update(name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info")))
    parts = (os.path.splitext(name)[0].split("-") for name in found)
    return sorted({f"{name.replace('_', '-')}=={rest[0]}" for name, *rest in parts if rest}, key=str.lower)


def choose_variables(variables: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the variables that matter to a training run, secrets masked, values cut at 500 characters."""
    chosen = {}
    for name, value in sorted(variables):
        if name in _VARIABLES or name.startswith(_PREFIXES + _MORE_PREFIXES):
            masked = MASK if _SECRET.search(name) else git.mask_credentials(value)
            chosen[name] = masked[:MAX_VALUE_CHARACTERS].encode("utf-8", "replace").decode()
    return chosen


def mask_arguments(arguments: Iterable[str]) -> list[str]:
    """Return a command line with the values of options such as `--api-key` masked."""
    masked, hide_next = [], False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        is_secret = name.startswith("-") and _SECRET.search(name) is not None
        if hide_next and not argument.startswith("-"):
            masked.append(MASK)
        else:
            masked.append(f"{name}={MASK}" if is_secret and equals else git.mask_credentials(argument))
        hide_next = is_secret and not equals
    return masked


def _read_command() -> list[str]:
    """The command line; of a process that multiprocessing started, what it took over from its parent."""
    return [sys.executable, *sys.argv] if "--multiprocessing-fork" in sys.orig_argv else sys.orig_argv


def _ask(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except Exception:  # noqa: BLE001 - a probe of a foreign machine; whatever fails is unknown
        get_logger().debug("A question about the environment failed.", exc_info=True)
        return None


def _read_platform() -> dict[str, Any]:
    details = platform.uname()
    return {
        "system": details.system,
        "node": details.node,
        "release": details.release,
        "version": details.version,
        "machine": details.machine,
        "processor": details.processor,
        "python_implementation": platform.python_implementation(),
        "python_compiler": platform.python_compiler(),
    }


def _list_conda_packages() -> list[str] | None:
    """Read from the environment's own records, which needs no `conda` command."""
    prefix = os.environ.get("CONDA_PREFIX")
    if not prefix:
        return None
    records = [json.loads(path.read_bytes()) for path in sorted(Path(prefix, "conda-meta").glob("*.json"))]
    return [f"{record['name']}={record['version']}={record.get('build', '')}" for record in records]


def _read_memory() -> int:
    import psutil

    return psutil.virtual_memory().total
