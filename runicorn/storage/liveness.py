"""Is the process that wrote a run still there? Only this machine's own processes can be answered for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

Liveness = Literal["alive", "dead", "unknown"]

_PROC = Path("/proc")


@cache
def hostname() -> str:
    """This machine's name as runs record it."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import socket

    return socket.gethostname()


@cache
def boot_id() -> str | None:
    """A text that changes at every boot (Linux), else None."""
    return _read(_PROC / "sys/kernel/random/boot_id")


def pid_namespace() -> str | None:
    """Which numbering of processes this one lives in (Linux), else None. A container has its own."""
    try:
        return os.readlink(_PROC / "self/ns/pid")
    except OSError:
        return None


def process_start(pid: int) -> float | None:
    """When process `pid` started, on a clock of the system's own; None when there is no such process.

    Linux gives clock ticks since boot; elsewhere the Unix time from psutil. Only good to compare with itself.
    """
    if _PROC.joinpath("self/stat").exists():
        text = _read(_PROC / str(pid) / "stat")
        if text is None:
            return None
        fields = text.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else float(fields[19])
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None


def identity() -> dict[str, Any]:
    """What a run records about its process, to be recognised again by `liveness`."""
    pid = os.getpid()
    return {"pid": pid, "start": process_start(pid), "boot_id": boot_id(), "pid_namespace": pid_namespace()}


def liveness(meta: Mapping[str, Any]) -> Liveness:
    """Tell whether the process that a run's `meta` names is alive.

    "unknown" for another host, another container, or a run that names no process. A pid that was given to another
    program since, or that belongs to an earlier boot, is "dead".
    """
    pid = meta.get("pid")
    if meta.get("hostname") not in (None, "", hostname()) or not isinstance(pid, int) or isinstance(pid, bool):
        return "unknown"
    if pid <= 0 or pid > 2**31 - 1:
        return "dead"
    process = meta.get("process")
    if not isinstance(process, Mapping):
        return "dead" if process_start(pid) is None else "alive"
    if process.get("boot_id") not in (None, boot_id()):
        return "dead"
    if process.get("pid_namespace") not in (None, pid_namespace()):
        return "unknown"
    started = process_start(pid)
    return "alive" if started is not None and process.get("start") in (None, started) else "dead"


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
