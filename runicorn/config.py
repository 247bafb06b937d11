"""Where things are: the storage root's precedence, the user's configuration and the cache folder.

Source of the order and of the per-user folder: docs/disk-format.md, sections 1 and 7.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runicorn.errors import ConfigError, InvalidInput

STORAGE_VARIABLES = ("RUNICORN_DIR", "RUNICORN_USER_ROOT_DIR")
CONFIG_VARIABLE = "RUNICORN_CONFIG_DIR"
CACHE_VARIABLE = "RUNICORN_CACHE_DIR"
DEFAULT_ROOT = ".runicorn"

_OLD_NAMES = {
    "add_ssh_connection": ("runicorn.remote.saved_hosts", "save_host"),
    "get_config_file_path": ("runicorn.config", "config_file"),
    "get_rate_limit_config": ("runicorn.cli.rate_limit_file", "read_document"),
    "get_ssh_connections": ("runicorn.remote.saved_hosts", "list_hosts"),
    "remove_ssh_connection": ("runicorn.remote.saved_hosts", "remove_host"),
    "save_rate_limit_config": ("runicorn.cli.rate_limit_file", "write_document"),
}
"""What scripts for 0.5.x find here, and where it lives."""

_RESET_HINT = "Mend it, or start afresh with `runicorn config --reset`."


def resolve_root(explicit: str | os.PathLike[str] | None = None) -> Path:
    """Return the absolute storage root, which need not exist.

    Order: `explicit`, `RUNICORN_DIR`, `RUNICORN_USER_ROOT_DIR`, `user_root_dir` of config.json, `./.runicorn`.
    """
    chosen = os.fspath(explicit) if explicit else ""
    for variable in STORAGE_VARIABLES:
        chosen = chosen or os.environ.get(variable, "")
    chosen = chosen or user_root_dir() or DEFAULT_ROOT
    return Path(os.path.abspath(os.path.expanduser(chosen)))


def config_dir() -> Path:
    """The per-user folder of settings: `%APPDATA%/Runicorn`, `~/Library/Application Support/Runicorn` or
    `$XDG_CONFIG_HOME/runicorn`; `RUNICORN_CONFIG_DIR` replaces it."""
    if override := os.environ.get(CONFIG_VARIABLE):
        return Path(override)
    if sys.platform not in ("win32", "darwin"):
        # Every `init` asks; the import of platformdirs takes longer than all else it does.
        return Path(os.environ.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config"), "runicorn")
    import platformdirs

    return Path(platformdirs.user_config_dir("Runicorn", appauthor=False, roaming=True))


def config_file() -> Path:
    """The user's config.json, which need not exist."""
    return config_dir() / "config.json"


def user_cache_dir() -> Path:
    """The per-user folder of what may be deleted at any moment; `RUNICORN_CACHE_DIR` replaces it."""
    import platformdirs

    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("runicorn", appauthor=False))


def cache_dir(root: Path) -> Path:
    """The folder for anything derived from the storage root `root`; it may be deleted at any moment."""
    import hashlib

    key = hashlib.sha256(os.fspath(root).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return user_cache_dir() / "roots" / key


def load_user_config() -> dict[str, Any]:
    """Return config.json, empty when there is none. Raises ConfigError when it is damaged."""
    path = config_file()
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}. {_RESET_HINT}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path} is not a JSON object. {_RESET_HINT}")
    return value


def save_user_config(changes: Mapping[str, Any]) -> None:
    """Merge `changes` into config.json, unknown keys kept; the folder is 0700 and the file 0600."""
    from runicorn.storage.documents import write_json

    config = {**load_user_config(), **changes}
    path = config_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_json(path, config, mode=0o600)


def user_root_dir() -> str:
    """Return the configured storage root, empty when none is set or config.json is damaged."""
    try:
        value = load_user_config().get("user_root_dir")
    except ConfigError:
        return ""
    return value if isinstance(value, str) else ""


def set_user_root_dir(path: str) -> Path:
    """Save the storage root for this user and return it, absolute and made when missing.

    `~`, `$VAR` and `%VAR%` are expanded. Raises InvalidInput for an empty path or one that cannot be a folder.
    """
    if not isinstance(path, str) or not path.strip() or "\0" in path:
        raise InvalidInput("Invalid path: name a folder.")
    folder = Path(os.path.abspath(os.path.expanduser(os.path.expandvars(path.strip()))))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"Invalid path or permission error: {error.strerror}") from error
    save_user_config({"user_root_dir": str(folder)})
    return folder


def get_user_root_dir() -> Path | None:
    """Return the configured storage root, by the name scripts for 0.5.x know."""
    folder = user_root_dir()
    return Path(folder) if folder else None


def get_known_hosts_file_path() -> Path:
    """The user's own known_hosts, which need not exist, by the name scripts for 0.5.x know."""
    return config_dir() / "known_hosts"


if not TYPE_CHECKING:  # else every misspelt name would pass the type checker

    def __getattr__(name: str) -> Any:
        if name not in _OLD_NAMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, function = _OLD_NAMES[name]
        return getattr(import_module(module), function)
