"""Distributions."""

from __future__ import annotations

from typing import Any, ClassVar

from runicorn.sdk.media.base import Media, to_array

MAX_BINS = 512


class Histogram(Media):
    """How many of `values` fall into each of `bins` equal intervals; or counts and edges as numpy.histogram gives.

    The event holds `counts`, the `edges` (one more than counts) and how many values were not finite; there is no file.
    """

    kind: ClassVar[str] = "histogram"

    def __init__(
        self,
        values: Any = None,
        bins: int = 64,
        *,
        np_histogram: tuple[Any, Any] | None = None,
        caption: str | None = None,
    ) -> None:
        super().__init__(caption=caption, format="")
        if not 1 <= bins <= MAX_BINS:
            raise ValueError(f"a histogram has 1 to {MAX_BINS} bins, not {bins}")
        self.nonfinite = 0
        counts, edges = np_histogram if np_histogram is not None else self._count(values, bins)
        self.counts, self.edges = to_array(counts).tolist(), to_array(edges).tolist()
        if len(self.edges) != len(self.counts) + 1:
            raise ValueError("a histogram has one edge more than counts")

    def encode(self) -> None:
        return None

    def details(self) -> dict[str, Any]:
        return {"counts": self.counts, "edges": self.edges, "nonfinite": self.nonfinite}

    def _count(self, values: Any, bins: int) -> tuple[Any, Any]:
        import numpy as np

        array = to_array(values).astype(float).ravel()
        finite = array[np.isfinite(array)]
        self.nonfinite = int(array.size - finite.size)
        return np.histogram(finite, bins=bins)
