"""GET /api/gpu, /api/gpu/telemetry, /api/system/monitor and /api/system/temperatures"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.viewer import answers, current
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.gpu import MIB, read_gpus
from runicorn.viewer.machine import read_temperatures
from runicorn.viewer.schemas.machine import GpuDevices, Gpus, Machine, Temperatures

blp = Blueprint("machine", __name__, url_prefix="/api", description="The machine the viewer runs on.")


@blp.get("/gpu/telemetry")
@blp.response(200, Gpus)
def show_gpus() -> Response:
    """Show load, memory, temperature and power of each GPU."""
    return answers.respond(read_gpus())


@blp.get("/gpu")
@blp.response(200, GpuDevices)
def show_gpu_devices() -> Response:
    """Show the same for the Python client, which reads `devices`; their memory is in bytes."""
    found = read_gpus()
    return answers.respond({**found, "devices": [_device(gpu) for gpu in found.get("gpus", [])]})


@blp.get("/system/monitor")
@blp.response(200, Machine)
def show_machine() -> Response:
    """Show processor, memory and disk, as measured within the last two seconds."""
    sample = current.viewer().sampler.read(current.root())
    return answers.respond({key: value for key, value in sample.items() if key != "io"})


@blp.get("/system/temperatures")
@blp.response(200, Temperatures)
def show_temperatures() -> Response:
    """Show what the temperature sensors say."""
    return answers.respond(read_temperatures())


def _device(gpu: dict[str, Any]) -> dict[str, Any]:
    def size(key: str) -> int | None:
        return None if gpu[key] is None else int(gpu[key] * MIB)

    return {
        "index": gpu["index"],
        "name": gpu["name"],
        "memory_total": size("mem_total_mib"),
        "memory_used": size("mem_used_mib"),
        "utilization": gpu["util_gpu"],
        "temperature": gpu["temp_c"],
    }
