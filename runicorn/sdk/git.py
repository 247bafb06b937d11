"""What git says about the code that is running. Every answer is None when git, or a repository, is not there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

TIMEOUT_S = 5.0
MAX_PATCH_BYTES = 5 * 1024 * 1024

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def read_git_info(folder: Path) -> dict[str, Any] | None:
    """Return commit, branch, has_changes, changed_files_count (only with changes), remote and the last commit."""
    commit = run_git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = (run_git(folder, "status", "--porcelain") or "").splitlines()
    remote = run_git(folder, "config", "--get", "remote.origin.url")
    info: dict[str, Any] = {
        "commit": commit,
        "branch": run_git(folder, "rev-parse", "--abbrev-ref", "HEAD"),
        "has_changes": bool(changes),
        "remote": mask_credentials(remote) if remote else None,
        "last_commit_message": run_git(folder, "log", "-1", "--format=%s"),
        "last_commit_author": run_git(folder, "log", "-1", "--format=%an <%ae>"),
    }
    if changes:
        info["changed_files_count"] = len(changes)
    return info


def read_patch(folder: Path) -> bytes | None:
    """Return what differs from the last commit as a patch; None when nothing does, or when it is over 5 MB."""
    patch = _call(folder, "diff", "--no-color", "--no-ext-diff", "--binary", "HEAD")
    return patch if patch and len(patch) <= MAX_PATCH_BYTES else None


def list_tracked(folder: Path) -> list[str] | None:
    """Return the files below `folder` that git tracks, or would, relative to it."""
    listed = _call(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return None if listed is None else [name for name in listed.decode("utf-8", "surrogateescape").split("\0") if name]


def mask_credentials(address: str) -> str:
    """Return an address without the user and password it may hold."""
    return _CREDENTIALS.sub("***@", address)


def run_git(folder: Path, *arguments: str) -> str | None:
    """Return what one git command prints, stripped; None when it fails or takes longer than 5 s."""
    output = _call(folder, *arguments)
    return None if output is None else output.decode("utf-8", "replace").strip()


def _call(folder: Path, *arguments: str) -> bytes | None:
    command = ["git", "-c", "core.fsmonitor=false", "--no-optional-locks", *arguments]
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
