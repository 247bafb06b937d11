"""GPUs as the driver reports them; the driver is a stand-in here."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from runicorn.sdk.gpus import read_gpus
from runicorn.sdk.system import Sampler


class NVMLError(Exception):
    """What the driver's library raises."""


def make_driver(**changes):
    """A driver with one busy GPU that cannot tell its power."""

    def no_power(handle):
        raise NVMLError

    return SimpleNamespace(
        **{
            "NVMLError": NVMLError,
            "NVML_TEMPERATURE_GPU": 0,
            "nvmlInit": lambda: None,
            "nvmlShutdown": lambda: None,
            "nvmlDeviceGetCount": lambda: 1,
            "nvmlDeviceGetHandleByIndex": lambda index: index,
            "nvmlDeviceGetName": lambda handle: b"Some GPU \xff",
            "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(total=80 * 2**30, free=20 * 2**30),
            "nvmlDeviceGetUtilizationRates": lambda handle: SimpleNamespace(gpu=97),
            "nvmlDeviceGetTemperature": lambda handle, sensor: 61,
            "nvmlDeviceGetPowerUsage": no_power,
            **changes,
        }
    )


def fail(*arguments):
    raise NVMLError


def test_a_gpu_is_described_as_far_as_the_driver_knows(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", make_driver())

    assert read_gpus() == [
        {
            "index": 0,
            "name": "Some GPU \ufffd",
            "memory_total_mb": 81920,
            "memory_free_mb": 20480,
            "utilization_percent": 97,
            "temperature_c": 61,
            "power_w": None,
        }
    ]


@pytest.mark.parametrize("broken", ["nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetHandleByIndex"])
def test_without_a_working_driver_there_is_no_answer(monkeypatch, broken):
    monkeypatch.setitem(sys.modules, "pynvml", make_driver(**{broken: fail}))

    assert read_gpus() is None


def test_gpus_are_among_the_system_metrics(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", make_driver(nvmlDeviceGetPowerUsage=lambda handle: 350_500))
    values = Sampler().read()

    assert {name: value for name, value in values.items() if "gpu" in name} == {
        "system/gpu.0.utilization_percent": 97,
        "system/gpu.0.temperature_c": 61,
        "system/gpu.0.power_w": 350.5,
        "system/gpu.0.memory_used_mb": 61440,
    }
