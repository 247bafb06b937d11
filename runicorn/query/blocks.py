"""The shapes of the lines of event files, block by block."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from runicorn.query.events import DamagedLine, metrics_data, parse_line
from runicorn.query.whole_lines import iter_blocks

_IN_NUMBERS = b"0123456789+-.eE"
_METRICS = b"metrics".translate(None, _IN_NUMBERS)
_KEYS = ({"ts", "type", "data"}, {"ts", "type", "data", "rank"})
_MAX_SHAPES = 4096


@dataclass(frozen=True, slots=True)
class Shape:
    """What lines have in common that differ only in characters that numbers are written with: metrics events of
    `cells` numbers, `nonfinite` of them written as NaN or Infinity."""

    cells: int
    nonfinite: int


@dataclass(frozen=True, slots=True)
class Block:
    """The bytes `start` to before `stop` of a file, whole lines, `lines` of them not blank. The numbers of those that
    are no plain metrics events are in `others`; all the rest show `cells` numbers, `nonfinite` of them not finite.
    `negative_nan` says that one may be written as -NaN, which is no JSON but has the shape of NaN."""

    start: int
    stop: int
    lines: int
    others: np.ndarray
    cells: int
    nonfinite: int
    negative_nan: bool


class Shapes:
    """Knows the lines of a file by their shape, each of which is parsed once.

    A plain line is a metrics event with a time, a step and nothing but numbers, all of them among `names`. Its keys
    may differ from those of another line of its shape in the characters that numbers are written with.
    """

    def __init__(self, names: Set[str]) -> None:
        self._names = names
        self._known: dict[bytes, Shape | None] = {}
        self._usual: tuple[bytes, Shape] | None = None

    def read_blocks(self, file: BinaryIO, stop: int) -> list[Block]:
        """Return the blocks of the first `stop` bytes."""
        return [self._read(start, data) for start, data in iter_blocks(file, 0, stop)]

    def _read(self, start: int, data: bytes) -> Block:
        bare = data.translate(None, _IN_NUMBERS)
        if self._usual is not None:
            text, shape = self._usual
            lines = len(bare) // len(text)
            if bare == text * lines:
                return _block(start, data, lines, [], lines * shape.cells, lines * shape.nonfinite)
        return self._look(start, data, bare)

    def _look(self, start: int, data: bytes, bare: bytes) -> Block:
        """Look at the lines one by one."""
        texts, lines = bare.split(b"\n")[:-1], data.split(b"\n")[:-1]
        if any(not text or text.isspace() for text in set(texts)):
            kept = [number for number, line in enumerate(lines) if line and not line.isspace()]
            texts, lines = [texts[number] for number in kept], [lines[number] for number in kept]
        counts = Counter(texts)
        self._learn(counts, texts, lines)
        others = [number for number, text in enumerate(texts) if self._known[text] is None]
        plain = [(shape, count) for text, count in counts.items() if (shape := self._known[text])]
        cells = sum(shape.cells * count for shape, count in plain)
        nonfinite = sum(shape.nonfinite * count for shape, count in plain)
        return _block(start, data, len(texts), others, cells, nonfinite)

    def _learn(self, counts: Counter[bytes], texts: list[bytes], lines: list[bytes]) -> None:
        """Know the shapes of `lines`, and which of them most have; `texts` are the lines without numbers."""
        if len(self._known) > _MAX_SHAPES:
            self._known.clear()
        if not counts.keys() <= self._known.keys():
            examples = dict(zip(texts, lines, strict=True))
            self._known.update((text, self._parse(text, line)) for text, line in examples.items())
        for text, count in counts.most_common(1):
            if (shape := self._known[text]) is not None and 2 * count > len(texts):
                self._usual = (text + b"\n", shape)

    def _parse(self, text: bytes, line: bytes) -> Shape | None:
        if _METRICS not in text:
            return None
        try:
            event = parse_line(line)
        except DamagedLine:
            return None
        data = metrics_data(event)
        if data is None or event.keys() not in _KEYS or not data.keys() <= self._names:
            return None
        texts = len(event) + len(data) + 1
        if text.count(b'"') != 2 * texts or b"\\" in text:
            return None
        values = [event["ts"], *data.values()]
        if any(type(value) not in (int, float) for value in (*values, event.get("rank", 0))):
            return None
        return Shape(len(data), sum(not math.isfinite(value) for value in values))


def _block(start: int, data: bytes, lines: int, others: list[int], cells: int, nonfinite: int) -> Block:
    negative_nan = nonfinite > 0 and b"-NaN" in data
    return Block(start, start + len(data), lines, np.array(others, np.int64), cells, nonfinite, negative_nan)
