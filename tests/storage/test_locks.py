"""Turns between processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runicorn.storage.locks import folder_lock

pytestmark = pytest.mark.skipif(os.name == "nt", reason="folders cannot be locked on Windows")

HOLDER = (
    "import sys\nfrom pathlib import Path\nfrom runicorn.storage.locks import folder_lock\n"
    "with folder_lock(Path(sys.argv[1]), 1) as held:\n    print(held, flush=True)\n    sys.stdin.read()"
)


def test_a_lock_is_held_by_one_process_and_ends_with_it(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout.readline() == b"True\n"
        with folder_lock(tmp_path, 0.01) as held:
            assert held is False
        holder.kill()
        holder.wait()
        with folder_lock(tmp_path, 5) as held:
            assert held is True
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_cannot_be_locked(tmp_path):
    with pytest.raises(FileNotFoundError), folder_lock(tmp_path / "none", 1):
        pass
