"""Which texts may become file names. Checked lexically, before any path is resolved, alike on every system."""

from __future__ import annotations

import os
import re
import stat
import time
import unicodedata
from pathlib import Path

from runicorn.errors import InvalidName

MAX_NAME_CHARACTERS = 100
MAX_RUN_ID_CHARACTERS = 128

_RESERVED_STEMS = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "123456789\u00b9\u00b2\u00b3"}
)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


def check_component(kind: str, name: object, *, max_characters: int = MAX_NAME_CHARACTERS) -> str:
    """Return `name` in NFC when it can be one folder or file name on Linux, macOS and Windows.

    Raises InvalidName for anything else: no text, empty, `.` and `..`, separators, `:`, control characters,
    device names such as `CON` or `nul.txt`, a trailing dot or space, or more than `max_characters`.
    """
    if not isinstance(name, str):
        raise InvalidName(kind, name, "it must be text.")
    name = unicodedata.normalize("NFC", name)
    if not name:
        raise InvalidName(kind, name, "it must not be empty.")
    if len(name) > max_characters or len(name.encode("utf-8", "surrogatepass")) > 255:
        raise InvalidName(kind, name, f"at most {max_characters} characters and 255 bytes.")
    if found := _FORBIDDEN.search(name):
        raise InvalidName(kind, name, f"the character {found.group()!r} is not allowed.")
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise InvalidName(kind, name, "it is not valid Unicode.")
    if name.startswith(" ") or name.endswith((".", " ")):
        raise InvalidName(kind, name, "it must not start with a space or end with a dot or a space.")
    if name.split(".")[0].rstrip().casefold() in _RESERVED_STEMS:
        raise InvalidName(kind, name, "this name is reserved on Windows.")
    return name


def check_project(name: object) -> str:
    """Return a project or experiment name fit for a folder. Raises InvalidName."""
    name = check_component("project", name)
    if name.startswith("."):
        raise InvalidName("project", name, "it must not start with a dot.")
    if name.casefold() in {"runs", "webui", "artifacts", "evaluations", "sweeps"}:
        raise InvalidName("project", name, "the storage root uses this folder name itself.")
    return name


def check_experiment(name: object) -> str:
    """Return an experiment name (the second folder level) fit for a folder. Raises InvalidName."""
    name = check_component("name", name)
    if name.startswith("."):
        raise InvalidName("name", name, "it must not start with a dot.")
    return name


def check_run_id(run_id: object) -> str:
    """Return `run_id`, of the documented pattern or the caller's own text, fit for a folder. Raises InvalidName."""
    run_id = check_component("run_id", run_id, max_characters=MAX_RUN_ID_CHARACTERS)
    if run_id.startswith("."):
        raise InvalidName("run_id", run_id, "it must not start with a dot.")
    return run_id


def check_relative_path(kind: str, path: object) -> str:
    """Return `path` as `a/b/c` when every part is a fit file name. Raises InvalidName.

    Backslashes, drive letters, UNC names and streams are refused rather than translated.
    """
    if not isinstance(path, str):
        raise InvalidName(kind, path, "it must be text.")
    return "/".join(check_component(kind, part, max_characters=255) for part in path.split("/"))


def fit_file_name(text: str) -> str:
    """Return a short file name part made from `text`: letters, digits, `.`, `_` and `-`, the rest becomes `_`."""
    return re.sub(r"[^\w.-]", "_", unicodedata.normalize("NFC", text))[:60].strip(".") or "_"


def new_run_id(now: float | None = None) -> str:
    """Return `YYYYMMDD_HHMMSS_xxxxxx`: local time and six random lower-case hex digits."""
    stamp = time.strftime("%Y%m%d_%H%M%S", time.localtime(now))
    return f"{stamp}_{os.urandom(3).hex()}"


def resolve_below(folder: Path, relative: str) -> Path | None:
    """Return the real path of `relative` inside `folder`, or None when it is not a plain file in there.

    The name is checked first, then no component may be a symbolic link, so the answer never leaves `folder`.
    """
    try:
        parts = check_relative_path("path", relative).split("/")
    except InvalidName:
        return None
    path = folder
    for part in parts:
        path = path / part
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            return None
        if stat.S_ISLNK(mode):
            return None
    return path if stat.S_ISREG(mode) else None
