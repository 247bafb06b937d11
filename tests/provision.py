"""Bring Chromium and an OpenSSH server for the tests that need the real thing, where that can be done unasked.

On Debian and its kin as root the missing packages are installed; anywhere else nothing happens, and the tests that
need them skip and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "chromium": "chromium",
    "/usr/sbin/sshd": "openssh-server",
    "ssh-agent": "openssh-client",
    "fish": "fish",
    "tcsh": "tcsh",
    "script": "bsdutils",
    "strace": "strace",
}


def main() -> int:
    missing = sorted({package for program, package in PACKAGES.items() if shutil.which(program) is None})
    if not missing:
        return 0
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        print(f"Not here: {', '.join(missing)}. The tests that need them will be skipped.", file=sys.stderr)
        return 0
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Installing openssh-server must not start a daemon: the tests start their own, on loopback.
    guard = Path("/usr/sbin/policy-rc.d")
    made = not guard.exists()
    if made:
        guard.write_text("#!/bin/sh\nexit 101\n")
        guard.chmod(0o755)
    try:
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        done = subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
    finally:
        if made:
            guard.unlink()
    if done.returncode != 0:
        print(f"Could not install {', '.join(missing)}; the tests that need them will be skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
