"""Which folders lie on storage that may hang."""

from __future__ import annotations

from pathlib import Path

import pytest

from runicorn.storage.mounts import is_remote

MOUNTS = r"""/dev/vda / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
server:/export /home nfs4 rw 0 0
/dev/sdb /home/local xfs rw 0 0
sshfs#box: /mnt/my\040disk fuse.sshfs rw 0 0
store /scratch lustre rw 0 0
odd
"""


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        ("/data", False),
        ("/tmp/x", False),
        ("/home", True),
        ("/home/me/runs", True),
        ("/homely", False),
        ("/home/local/runs", False),
        ("/mnt/my disk/runs", True),
        ("/scratch/../data", False),
        ("/scratch/a", True),
    ],
)
def test_the_innermost_mount_decides(tmp_path, path, remote):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)

    assert is_remote(Path(path), mounts) is remote


def test_without_a_list_of_mounts_nothing_is_remote(tmp_path):
    assert is_remote(Path("/home"), tmp_path / "none") is False
