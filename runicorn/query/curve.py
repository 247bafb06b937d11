"""The numbers of one metric, and what any stretch of them amounts to without reading all of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from tsdownsample import M4Downsampler

from runicorn.query import outline
from runicorn.query.chunks import Array
from runicorn.query.outline import Outline

_ENVELOPE = M4Downsampler()


@dataclass(frozen=True, slots=True)
class Curve:
    """Numbers in the order of rows. `values` are doubles, finite or not; `rows` are the rows of the table they stand
    in, ascending, None for every row. A place is a position in `values`."""

    rows: Array | None
    values: Array
    outline: Outline = field(default_factory=Outline)

    def __len__(self) -> int:
        return len(self.values)

    def rows_at(self, places: np.ndarray) -> np.ndarray:
        """The rows of `places`."""
        return places if self.rows is None else self.rows[places]

    def between(self, first_row: int, last_row: int) -> tuple[int, int]:
        """Return the places (start, stop) of the rows `first_row` to before `last_row`."""
        if self.rows is None:
            return first_row, last_row
        start, stop = self.rows.searchsorted(np.array([first_row, last_row])).tolist()
        return start, stop

    def extremes(self) -> np.ndarray:
        """The places of the lowest and the highest finite value, none without any."""
        found = self.outline.sum_up(self.values, 0, len(self), 1)
        return np.concatenate([found.lowest, found.highest])[: 2 * int(np.count_nonzero(found.low < np.inf))]

    def mean(self) -> float | None:
        """The mean of the finite values, without overflow on the way to it."""
        found = self.outline.sum_up(self.values, 0, len(self), 1)
        count = len(self) - int(found.bad.sum())
        if not count:
            return None
        mean = float(found.total[0]) / count
        if math.isfinite(mean):
            return mean
        values = self.values[:]
        return float((values[np.isfinite(values)] / count).sum())

    def bad_count(self) -> int:
        """How many values are not finite."""
        return int(self.outline.sum_up(self.values, 0, len(self), 1).bad.sum())

    def bad_places(self, start: int, stop: int, limit: int) -> np.ndarray:
        """The first `limit` places from `start` to before `stop` whose value is not finite."""
        return self.outline.bad_places(self.values, start, stop, limit)

    def thin(self, start: int, stop: int, count: int) -> np.ndarray:
        """Return ascending places of at most `count` (at least 8) values: the envelope, and one of each gap as far as
        a quarter of them goes, so that no line is drawn across it."""
        if stop - start <= count:
            return np.arange(start, stop)
        gaps = self.outline.gaps(self.values, start, stop)
        if not len(gaps):
            return self.envelope(start, stop, count)
        room = count // 4 if len(self.envelope(start, stop, 4)) else count
        if len(gaps) > room:
            gaps = gaps[np.linspace(0, len(gaps) - 1, room).astype(np.int64)]
        return np.union1d(self.envelope(start, stop, count - len(gaps)), gaps)

    def envelope(self, start: int, stop: int, count: int) -> np.ndarray:
        """Return ascending places of at most `count` (at least 4) finite values: first, last, lowest and highest of
        every bucket, or all where there are no more.

        Source: Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation" (VLDB 2014).
        """
        buckets = count // 4
        if stop - start > buckets * outline.BLOCK:
            return self.outline.sum_up(self.values, start, stop, buckets).places()
        values = self.values[start:stop]
        finite = np.flatnonzero(np.isfinite(values))
        if len(finite) > count:
            finite = finite[np.unique(_ENVELOPE.downsample(np.ascontiguousarray(values[finite]), n_out=4 * buckets))]
        return start + finite
