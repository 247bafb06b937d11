"""NVIDIA GPUs, as their driver reports them."""

from __future__ import annotations

from typing import Any


def read_gpus() -> list[dict[str, Any]] | None:
    """Return one record per GPU: what it is and how busy; None when there is no driver to ask."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        return [_read_gpu(pynvml, index) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()


def _read_gpu(nvml: Any, index: int) -> dict[str, Any]:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)

    def ask(call: Any, *arguments: Any) -> Any:
        try:
            return call(handle, *arguments)
        except (nvml.NVMLError, UnicodeDecodeError):
            return None

    memory = ask(nvml.nvmlDeviceGetMemoryInfo)
    busy = ask(nvml.nvmlDeviceGetUtilizationRates)
    power = ask(nvml.nvmlDeviceGetPowerUsage)
    name = ask(nvml.nvmlDeviceGetName)
    return {
        "index": index,
        "name": name.decode("utf-8", "replace") if isinstance(name, bytes) else name,
        "memory_total_mb": memory.total // 2**20 if memory else None,
        "memory_free_mb": memory.free // 2**20 if memory else None,
        "utilization_percent": busy.gpu if busy else None,
        "temperature_c": ask(nvml.nvmlDeviceGetTemperature, nvml.NVML_TEMPERATURE_GPU),
        "power_w": power / 1000 if power is not None else None,
    }
