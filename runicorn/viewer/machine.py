"""Load of this machine, sampled in the background so that no answer waits for a measurement."""

from __future__ import annotations

import os
import platform
import threading
import time
from pathlib import Path
from typing import Any

INTERVAL_SECONDS = 2.0
FIRST_SECONDS = 0.2
IDLE_SECONDS = 60.0


class Sampler:
    """Measures while somebody asks: a thread starts with the first question and ends a minute after the last."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._asked = 0.0
        self._running = False
        self._sample: dict[str, Any] = {}

    def read(self, root: Path) -> dict[str, Any]:
        """Return the latest sample, at most `INTERVAL_SECONDS` old; the first question waits a moment for one."""
        with self._lock:
            self._asked = time.monotonic()
            if not self._running:
                self._running = True
                self._ready.clear()
                threading.Thread(target=self._run, name="runicorn-machine", daemon=True).start()
        self._ready.wait(5)
        return {**self._sample, "disk": _disk(root, self._sample.get("io"))}

    def _run(self) -> None:
        import psutil

        psutil.cpu_percent(percpu=True)
        wait = FIRST_SECONDS
        while not self._stopping.wait(wait) and not self._is_idle():
            self._sample = _sample()
            self._ready.set()
            wait = INTERVAL_SECONDS

    def _is_idle(self) -> bool:
        with self._lock:
            self._running = time.monotonic() - self._asked < IDLE_SECONDS
            return not self._running


def _sample() -> dict[str, Any]:
    import psutil

    per_core = psutil.cpu_percent(percpu=True)
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    frequency = psutil.cpu_freq() if hasattr(psutil, "cpu_freq") else None
    io = psutil.disk_io_counters()
    return {
        "available": True,
        "ts": time.time(),
        "cpu": {
            "percent": round(sum(per_core) / len(per_core), 1) if per_core else None,
            "count": psutil.cpu_count(logical=False),
            "logical_count": psutil.cpu_count(),
            "per_core": per_core,
            "frequency": frequency._asdict() if frequency else None,
            "load_avg": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        },
        "memory": {
            "total": memory.total,
            "available": memory.available,
            "used": memory.used,
            "percent": memory.percent,
            "swap_total": swap.total,
            "swap_used": swap.used,
            "swap_percent": swap.percent,
        },
        "io": io._asdict() if io else None,
        "platform": {"system": platform.system(), "release": platform.release(), "machine": platform.machine()},
    }


def _disk(root: Path, io: dict[str, int] | None) -> dict[str, Any]:
    import psutil

    try:
        usage = psutil.disk_usage(os.fspath(root))._asdict()
    except OSError:
        usage = {"total": None, "used": None, "free": None, "percent": None}
    return {"path": str(root), **usage, "io": io}


def read_temperatures() -> dict[str, Any]:
    """Return `{"available": true, "sensors"}` in °C, or `{"available": false, "reason"}`."""
    import psutil

    sensors = psutil.sensors_temperatures() if hasattr(psutil, "sensors_temperatures") else {}
    if not sensors:
        return {"available": False, "reason": "Temperature sensors not available"}
    return {
        "available": True,
        "sensors": {chip: [entry._asdict() for entry in found] for chip, found in sensors.items()},
    }
