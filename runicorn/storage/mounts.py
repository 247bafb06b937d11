"""On what kind of file system is a folder? Network storage may hang, which no local disk does."""

from __future__ import annotations

import os
from pathlib import Path

_MOUNTS = Path("/proc/self/mounts")
_REMOTE_TYPES = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "davfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "orangefs",
        "smb3",
        "smbfs",
    }
)


def is_remote(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Tell whether `path`, which need not exist, lies on a network or user-space file system (Linux; else False)."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False
    target = os.path.abspath(path)
    found, kind = "", ""
    for line in lines:
        _, point, file_system, *_ = [*line.split(" "), "", "", ""]
        point = point.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
        is_inside = target == point or target.startswith(point.rstrip("/") + "/")
        if is_inside and len(point) >= len(found):
            found, kind = point, file_system
    return kind in _REMOTE_TYPES or kind.startswith("fuse.")
