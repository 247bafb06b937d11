"""Event files for TensorBoard, read back by a second reading of the format."""

from __future__ import annotations

import math
import struct

import pytest

from runicorn.export.tensorboard import masked_crc, write_events
from runicorn.query import Reader


@pytest.fixture
def folder(root, make_run, metrics, tmp_path):
    events = [metrics(1, loss=0.5), metrics(-2, loss=1e300), metrics(2**40, loss=float("nan"), **{"val/准确": 0.25})]
    make_run("one", events=events)
    with Reader(root) as reader:
        write_events(reader, reader.runs.list_runs(), tmp_path / "tb")
    return tmp_path / "tb"


def test_the_checksum_is_crc32c_turned():
    # RFC 3720, B.4: 32 bytes of zeros have the CRC-32C aa 36 91 8a.
    crc = int.from_bytes(bytes.fromhex("aa36918a"), "little")
    assert masked_crc(b"\0" * 32) == (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def read_records(data):
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12])[0] == masked_crc(data[:8])
        record, data = data[12 : 12 + length], data[12 + length :]
        assert struct.unpack("<I", data[:4])[0] == masked_crc(record)
        yield record
        data = data[4:]


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            return value, at


def read_message(data):
    fields, at = {}, 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            value, at = read_varint(data, at)
        elif tag & 7 == 2:
            length, at = read_varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            size, kind = (8, "<d") if tag & 7 == 1 else (4, "<f")
            value, at = struct.unpack(kind, data[at : at + size])[0], at + size
        fields[tag >> 3] = value
    return fields


def test_every_point_is_in_the_file(folder):
    (path,) = folder.rglob("events.out.tfevents.*")
    head, *events = map(read_message, read_records(path.read_bytes()))

    assert path.parent.relative_to(folder).as_posix() == "vision/base/one"
    assert head[3] == b"brain.Event:2"
    points = []
    for event in events:
        value = read_message(read_message(event[5])[1])
        step = event[2] - 2**64 if event[2] >= 2**63 else event[2]
        points.append((value[1].decode(), step, event[1], value[2]))
    assert sorted(points[:2]) == [("loss", -2, 1748779198.0, math.inf), ("loss", 1, 1748779201.0, 0.5)]
    assert points[2][:2] == ("loss", 2**40)
    assert math.isnan(points[2][3])
    assert points[3] == ("val/准确", 2**40, 1748779200.0 + 2**40, 0.25)


def test_the_folder_is_an_export_like_any_other(folder, root):
    with Reader(root) as reader:
        write_events(reader, [], folder)

    assert [path.name for path in folder.iterdir()] == ["runicorn-export.json"]
