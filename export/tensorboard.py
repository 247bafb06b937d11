"""Event files that TensorBoard opens, written without TensorFlow.

Source: the TFRecord format and the messages Event and Summary of tensorflow/core/util/event.proto and
framework/summary.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from runicorn.export.destination import MARKER, list_written, replacing_folder
from runicorn.export.provenance import describe
from runicorn.storage.documents import write_json

if TYPE_CHECKING:
    from runicorn.query import Reader, RunRecord

FILE_VERSION = b"brain.Event:2"
_CASTAGNOLI = 0x82F63B78
_MASK_DELTA = 0xA282EAD8


def write_events(
    reader: Reader, runs: Sequence[RunRecord], folder: Path, *, progress: Callable[[RunRecord], None] | None = None
) -> None:
    """Write `folder/<project>/<name>/<run id>/events.out.tfevents.*` with every numeric point of `runs`.

    Values lose the precision that TensorBoard's 32-bit numbers do not have. `folder` is replaced whole or not at all;
    raises Conflict when it is no export.
    """
    with replacing_folder(folder) as staging:
        provenance = describe(runs)
        for run in runs:
            parts = [part for part in run.run_dir.relative_to(reader.root).parts if part != "runs"]
            path = staging.joinpath(*parts, f"events.out.tfevents.{int(run.created_time)}.runicorn")
            path.parent.mkdir(parents=True)
            with path.open("wb") as file:
                file.writelines(map(record, _iter_events(reader, run)))
            if progress is not None:
                progress(run)
        write_json(staging / MARKER, {**provenance, "written": list_written(staging)})


def _iter_events(reader: Reader, run: RunRecord) -> Iterator[bytes]:
    yield _double(1, run.created_time) + _bytes(3, FILE_VERSION)
    for line in reader.metrics.series(run, x="time", max_points=None).series:
        name = line.name.encode("utf-8", "replace")
        for step, seconds, value in zip(line.steps.tolist(), line.x.tolist(), line.values.tolist(), strict=True):
            summary = _bytes(1, _bytes(1, name) + _float(2, value))
            yield _double(1, seconds) + _varint(2 << 3) + _varint(step) + _bytes(5, summary)


def record(data: bytes) -> bytes:
    """Return `data` framed by its length and checksums."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc(length)) + data + struct.pack("<I", masked_crc(data))


def masked_crc(data: bytes) -> int:
    """Return the CRC-32C of `data`, turned as the TFRecord format wants it."""
    table = _crc_table()
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


@cache
def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (_CASTAGNOLI if value & 1 else 0)
        table.append(value)
    return tuple(table)


def _varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _bytes(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _float(field: int, value: float) -> bytes:
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        packed = struct.pack("<f", float("inf") if value > 0 else float("-inf"))
    return _varint(field << 3 | 5) + packed
