"""Where the demo's runs are: a folder of their own in the user's cache, fresh for every start."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from runicorn.config import user_cache_dir
from runicorn.storage.liveness import process_start


def make_folder() -> Path:
    """Return a new empty folder, named for this process. Those of processes that are gone are removed."""
    parent = user_cache_dir() / "demo"
    parent.mkdir(parents=True, exist_ok=True)
    for folder in parent.iterdir():
        if folder.name.isdigit() and (int(folder.name) == os.getpid() or process_start(int(folder.name)) is None):
            shutil.rmtree(folder, ignore_errors=True)
    folder = parent / str(os.getpid())
    folder.mkdir()
    return folder
