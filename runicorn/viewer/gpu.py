"""GPUs of this machine through NVML. A machine without one says so."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable
from typing import Any

MIB = 1024 * 1024
NO_TOOL = "nvidia-smi not found in PATH"

_lock = threading.Lock()


def read_gpus() -> dict[str, Any]:
    """Return `{"available": true, "ts", "gpus"}`, or `{"available": false, "reason"}`.

    Percentages are 0 to 100, memory MiB, power W, clocks MHz, temperature °C; what a card does not tell is None.
    """
    import pynvml

    with _lock:
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            return {"available": False, "reason": str(error) if shutil.which("nvidia-smi") else NO_TOOL}
        try:
            count = pynvml.nvmlDeviceGetCount()
            return {"available": True, "ts": time.time(), "gpus": [_read_gpu(pynvml, index) for index in range(count)]}
        except pynvml.NVMLError as error:
            return {"available": False, "reason": str(error)}
        finally:
            with contextlib.suppress(pynvml.NVMLError):
                pynvml.nvmlShutdown()


def _read_gpu(nvml: Any, index: int) -> dict[str, Any]:
    card = nvml.nvmlDeviceGetHandleByIndex(index)

    def ask(question: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return question(card, *arguments)
        except nvml.NVMLError:
            return None

    name = ask(nvml.nvmlDeviceGetName)
    load = ask(nvml.nvmlDeviceGetUtilizationRates)
    memory = ask(nvml.nvmlDeviceGetMemoryInfo)
    state = ask(nvml.nvmlDeviceGetPerformanceState)
    return {
        "index": index,
        "name": name.decode() if isinstance(name, bytes) else name,
        "util_gpu": load.gpu if load else None,
        "util_mem": load.memory if load else None,
        "mem_total_mib": _part(memory.total, MIB) if memory else None,
        "mem_used_mib": _part(memory.used, MIB) if memory else None,
        "mem_used_pct": round(100 * memory.used / memory.total, 2) if memory and memory.total else None,
        "temp_c": ask(nvml.nvmlDeviceGetTemperature, nvml.NVML_TEMPERATURE_GPU),
        "power_w": _part(ask(nvml.nvmlDeviceGetPowerUsage), 1000),
        "power_limit_w": _part(ask(nvml.nvmlDeviceGetEnforcedPowerLimit), 1000),
        "clock_sm_mhz": ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_SM),
        "clock_mem_mhz": ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_MEM),
        "pstate": None if state is None else f"P{state}",
        "fan_speed_pct": ask(nvml.nvmlDeviceGetFanSpeed),
    }


def _part(value: float | None, unit: int) -> float | None:
    return None if value is None else round(value / unit, 2)
