"""The machine a run is on, as metrics under `system/`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from runicorn.errors import InvalidInput
from runicorn.sdk.complaints import get_logger
from runicorn.sdk.gpus import read_gpus

MIN_INTERVAL_S = 0.1
_MB = 2**20


class SystemMonitor:
    """Hands CPU, memory, disk, network and GPU readings to `log` every `interval_s` seconds, from a thread."""

    def __init__(self, log: Callable[[Mapping[str, Any]], None], interval_s: float) -> None:
        if not interval_s >= MIN_INTERVAL_S:
            raise InvalidInput(f"system_metrics is an interval of at least {MIN_INTERVAL_S} s, not {interval_s!r}.")
        self._log = log
        self._interval_s = interval_s
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to sample."""
        threading.Thread(target=self._work, name="runicorn-system", daemon=True).start()

    def stop(self) -> None:
        """End after the sample under way."""
        self._stop.set()

    def after_fork(self) -> None:
        """The parent goes on sampling; a child has no sampler."""

    def _work(self) -> None:
        try:
            sampler = Sampler()
            while not self._stop.wait(self._interval_s):
                self._log(sampler.read())
        except Exception:  # noqa: BLE001 - a sampler's thread: training must not hear of it
            get_logger().warning("The system monitor stopped.", exc_info=True)


class Sampler:
    """Reads the machine and this process; rates are those since the reading before."""

    def __init__(self) -> None:
        import psutil

        self._psutil = psutil
        self._process = psutil.Process()
        self._process.cpu_percent()
        psutil.cpu_percent()
        self._has_gpus = True
        self._counters = self._read_counters()
        self._read_at = time.monotonic()

    def read(self) -> dict[str, float]:
        """Return the readings of now by their names below `system/`."""
        memory = self._psutil.virtual_memory()
        values = {
            "cpu_percent": self._psutil.cpu_percent(),
            "memory_percent": memory.percent,
            "memory_used_mb": memory.used / _MB,
            "process_cpu_percent": self._process.cpu_percent(),
            "process_memory_mb": self._process.memory_info().rss / _MB,
            "process_threads": self._process.num_threads(),
            **self._read_rates(),
            **self._read_gpus(),
        }
        return {f"system/{name}": value for name, value in values.items() if value is not None}

    def _read_counters(self) -> dict[str, int]:
        disk, network = self._psutil.disk_io_counters(), self._psutil.net_io_counters()
        counters: dict[str, int] = {}
        if disk is not None:
            counters |= {"disk_read_mb_s": disk.read_bytes, "disk_write_mb_s": disk.write_bytes}
        if network is not None:
            counters |= {"network_sent_mb_s": network.bytes_sent, "network_received_mb_s": network.bytes_recv}
        return counters

    def _read_rates(self) -> dict[str, float]:
        before, then = self._counters, self._read_at
        self._counters, self._read_at = self._read_counters(), time.monotonic()
        seconds = max(self._read_at - then, 1e-6)
        return {name: (value - before.get(name, value)) / _MB / seconds for name, value in self._counters.items()}

    def _read_gpus(self) -> dict[str, float | None]:
        gpus = read_gpus() if self._has_gpus else None
        self._has_gpus = gpus is not None
        values: dict[str, float | None] = {}
        for gpu in gpus or ():
            prefix = f"gpu.{gpu['index']}."
            for name in ("utilization_percent", "temperature_c", "power_w"):
                values[prefix + name] = gpu[name]
            if gpu["memory_total_mb"] is not None:
                values[prefix + "memory_used_mb"] = gpu["memory_total_mb"] - gpu["memory_free_mb"]
        return values
