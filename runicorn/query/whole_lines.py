"""Event files as they are read while others append to them: up to the last line break, in blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

BLOCK_BYTES = 1 << 20
SEAM_BYTES = 256
_TAIL_BYTES = 1 << 16


def last_break(file: BinaryIO, size: int) -> int:
    """Return the offset behind the last line break in the first `size` bytes, 0 when there is none."""
    stop = size
    while stop > 0:
        start = max(stop - _TAIL_BYTES, 0)
        file.seek(start)
        found = file.read(stop - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        stop = start
    return 0


def seam(file: BinaryIO, stop: int) -> bytes:
    """Return the last bytes before `stop`: while they are the same, a file has grown and was not written anew."""
    start = max(stop - SEAM_BYTES, 0)
    file.seek(start)
    return file.read(stop - start)


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
