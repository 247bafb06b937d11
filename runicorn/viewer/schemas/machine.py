"""Load of the machine and its GPUs."""

from __future__ import annotations

from marshmallow import fields

from runicorn.viewer.schemas.base import Schema, optional_text


class Gpus(Schema):
    """GPUs, or why there are none."""

    available = fields.Boolean(required=True)
    reason = fields.String()
    ts = fields.Float()
    gpus = fields.List(fields.Dict())


class GpuDevices(Gpus):
    """The same with the names the Python client reads."""

    devices = fields.List(fields.Dict(), required=True)


class Machine(Schema):
    """Processor, memory, disk and platform."""

    available = fields.Boolean(required=True)
    ts = fields.Float(required=True)
    cpu = fields.Dict(required=True)
    memory = fields.Dict(required=True)
    disk = fields.Dict(required=True)
    platform = fields.Dict(required=True)


class Temperatures(Schema):
    """Temperatures by chip, or why there are none."""

    available = fields.Boolean(required=True)
    reason = optional_text("Why there are none.")
    sensors = fields.Dict()
