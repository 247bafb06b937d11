"""Event files cut into blocks of whole lines, and the characters of each block counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from runicorn.query.events import iter_lines

BLOCK_BYTES = 1 << 20
_SLICE_BYTES = 1 << 18
"""Small enough for a processor's cache."""

_NEWLINE, _BRACE = b"\n{"
COUNTED = b':,"us'
"""Characters that tell of keys, of texts, and of the words true and false."""


@dataclass(frozen=True, slots=True)
class Block:
    """The bytes `start` to `stop` of a file, whole lines. `lines` counts those that are not blank, `counts` the
    characters of COUNTED; `plain` says that every line starts with a brace."""

    start: int
    stop: int
    lines: int
    plain: bool
    counts: tuple[int, ...]


def iter_blocks(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, whole lines) of the bytes `start` to `stop`, which end with a line break."""
    file.seek(start)
    rest = b""
    while start + len(rest) < stop:
        new = file.read(min(BLOCK_BYTES, stop - start - len(rest)))
        if not new:
            return
        end = new.rfind(b"\n") + 1
        if end:
            block = rest + new[:end]
            yield start, block
            start, rest = start + len(block), new[end:]
        else:
            rest += new


def count_blocks(file: BinaryIO, stop: int) -> list[Block]:
    """Return the blocks of the first `stop` bytes, counted."""
    return [_count(start, data) for start, data in iter_blocks(file, 0, stop)]


def _count(start: int, data: bytes) -> Block:
    array = np.frombuffer(data, np.uint8)
    lines, others, counts = 0, 0, np.zeros(len(COUNTED), np.int64)
    for place in range(0, len(array), _SLICE_BYTES):
        part = array[place : place + _SLICE_BYTES]
        counts += [np.count_nonzero(part == byte) for byte in COUNTED]
        breaks = part == _NEWLINE
        lines += int(np.count_nonzero(breaks))
        after = array[place + 1 : place + _SLICE_BYTES + 1]
        others += int(np.count_nonzero(after[breaks[: len(after)]] != _BRACE))
    plain = bool(array[0] == _BRACE) and not others
    if not plain:
        lines = sum(1 for _ in iter_lines(data))
    return Block(start, start + len(data), lines, plain, tuple(counts.tolist()))
