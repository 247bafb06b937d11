"""Virtual environments of other trackers, each of its own and made on first use."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path


def find_python(environments: Path, name: str, *requirements: str) -> Path:
    """Return the interpreter of ENVIRONMENTS/<name>, made with pip when it is not there.

    Raises CalledProcessError where pip cannot install `requirements`; the next call then tries again.
    """
    folder = environments / name
    done = folder / "installed.txt"
    python = find_script(folder, "python")
    if not done.exists():
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True)
        done.write_text("\n".join(requirements))
    return python


def find_script(environment: Path, name: str) -> Path:
    """Return the path of a command of a virtual environment."""
    if sys.platform == "win32":
        return environment / "Scripts" / f"{name}.exe"
    return environment / "bin" / name


def read_version(python: Path, package: str) -> str:
    """Return the installed version of `package` beside an interpreter."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-I", "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
