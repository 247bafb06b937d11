"""The metrics of runs: tables, curves and facts, all from the same merged columns.

NumPy and DuckDB are loaded by the first question, not by this module.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from runicorn.query.ahead import ReadAhead, Reading
from runicorn.query.recent import Recent
from runicorn.query.records import RunRecord
from runicorn.query.values import CacheStats, Damage
from runicorn.storage.runs import event_files

if TYPE_CHECKING:
    import duckdb

    from runicorn.query.facts import MetricFacts
    from runicorn.query.merged import MergedRun
    from runicorn.query.segments import Segment, SegmentCache
    from runicorn.query.series import Series, SeriesAnswer
    from runicorn.query.table import Events
    from runicorn.query.tables import MetricTable

_MERGED_RUNS = 64
_CELL_BYTES = 32
"""What a cell of a table or curve takes up, about, with its JSON."""

Answer = TypeVar("Answer")


class Metrics:
    """Answers about the metrics of runs. Parsed files are cached; every answer is as of the files now. What was read
    of large files is kept in the folder `copies`, where one is given."""

    def __init__(self, cursor: Callable[[], duckdb.DuckDBPyConnection], copies: Path | None = None) -> None:
        self._cursor = cursor
        self._copies = copies
        self._lock = threading.Lock()
        self._segments: SegmentCache | None = None
        self._merged: OrderedDict[Path, MergedRun] = OrderedDict()
        self._recent = Recent()
        self._ahead = ReadAhead()
        self.progress: Callable[[int, int], object] = lambda read, total: None
        """Told how many runs of how many are read, whenever many are read at once."""

    def by_step(
        self,
        run: RunRecord,
        max_rows: int | None = None,
        *,
        names: Sequence[str] | None = None,
        start: int | None = None,
        stop: int | None = None,
    ) -> MetricTable:
        """Return one row per step, thinned to exactly `max_rows` (at least 2) when there are more.

        `names` keeps those metrics and the steps at which any of them was logged; `start` and `stop` bound the
        steps, both included.
        """
        from runicorn.query.merge import select
        from runicorn.query.tables import table_by_step

        question = ("by_step", max_rows, None if names is None else tuple(names), start, stop)
        return self._answer(
            run,
            self._read(run),
            question,
            lambda merged: table_by_step(select(merged, names, start, stop), max_rows),
            lambda table: table.sampled * len(table.columns),
        )

    def by_time(self, run: RunRecord, max_rows: int | None = None) -> MetricTable:
        """Return the same rows ordered by time, which is told in seconds since the first."""
        from runicorn.query.tables import table_by_time

        return self._answer(
            run,
            self._read(run),
            ("by_time", max_rows),
            lambda merged: table_by_time(merged, max_rows),
            lambda table: table.sampled * len(table.columns),
        )

    def series(
        self,
        run: RunRecord,
        names: Sequence[str] | None = None,
        x: str = "step",
        start: float | None = None,
        stop: float | None = None,
        max_points: int | None = 2000,
        *,
        log: bool = False,
    ) -> SeriesAnswer:
        """Return curves, every numeric one by default, over x = "step", "time", "relative" or a name of `axes`.

        `start` and `stop` bound x, both included. Above `max_points` (at least 8) each curve is thinned: first,
        last, lowest and highest point of every bucket stay, so that no spike is lost at any zoom. With `log` every
        power of ten of x has as many points, and x that are not above 0 are left out.
        """
        from runicorn.query.series import Range, SeriesAnswer, curve_names, read_series

        def answer(merged: Events) -> tuple[list[Series], int]:
            chosen = curve_names(merged) if names is None else names
            return read_series(merged, chosen, x, Range(start, stop, max_points, log)), len(merged)

        segments = self._read(run)
        question = ("series", None if names is None else tuple(names), x, start, stop, max_points, log)
        curves, steps = self._answer(
            run, segments, question, answer, lambda found: sum(3 * len(line.steps) + 50 for line in found[0])
        )
        return SeriesAnswer(curves, _damage(run, segments), x, steps)

    def facts(self, run: RunRecord) -> list[MetricFacts]:
        """Return what is to be said about each metric, by name."""
        from runicorn.query.facts import metric_facts

        return self._answer(run, self._read(run), ("facts",), metric_facts, lambda facts: 10 * len(facts))

    def axes(self, run: RunRecord) -> list[str]:
        """Return the names of the metrics that curves can be drawn over, "epoch" among them where it was logged."""
        from runicorn.query.series import axis_names

        return self._answer(run, self._read(run), ("axes",), axis_names, lambda names: 3 * len(names))

    def damage(self, run: RunRecord) -> Damage:
        """Return what of the run's event files could not be read."""
        return _damage(run, self._read(run))

    def merged(self, run: RunRecord) -> Events:
        """Return the metrics of a run with one row per step, as arrays."""
        return self._merge(run.files.path, self._read(run))

    def prepare(self) -> None:
        """Load what the first question would load."""
        from runicorn.query import facts, merged, series, tables  # noqa: F401

        self._cache()

    def read_ahead(self, runs: Sequence[RunRecord]) -> Reading | None:
        """Begin to read runs behind the scenes if that takes seconds, which is returned while it goes on."""
        cache = self._cache()
        unread = sum(cache.unread_bytes(path) for run in runs for path in event_files(run.files))
        folders = tuple(run.files.path for run in runs)
        return self._ahead.begin(folders, unread, lambda: [self.facts(run) for run in runs])

    def cache_stats(self) -> CacheStats:
        """How the cache of parsed files did so far."""
        return CacheStats() if self._segments is None else self._segments.stats()

    def close(self) -> None:
        """End what goes on behind the answers."""
        if self._segments is not None:
            self._segments.close()

    def _cache(self) -> SegmentCache:
        with self._lock:
            if self._segments is None:
                from runicorn.query.segments import SegmentCache

                self._segments = SegmentCache(self._cursor, copies=self._copies)
            return self._segments

    def _read(self, run: RunRecord) -> list[Segment]:
        found = map(self._cache().read, event_files(run.files))
        return [segment for segment in found if segment is not None]

    def _answer(
        self,
        run: RunRecord,
        segments: list[Segment],
        question: Hashable,
        answer: Callable[[Events], Answer],
        cells: Callable[[Answer], int],
    ) -> Answer:
        """Return what `answer` says of the merged metrics, as it was said before where nothing changed since."""
        path = run.files.path
        return self._recent.get(
            (path, question),
            tuple(segment.version for segment in segments),
            lambda: answer(self._merge(path, segments)),
            lambda found: _CELL_BYTES * cells(found),
        )

    def _merge(self, path: Path, segments: list[Segment]) -> Events:
        from runicorn.query.merged import MergedRun

        with self._lock:
            if path not in self._merged:
                self._merged[path] = MergedRun()
            merged = self._merged[path]
            self._merged.move_to_end(path)
            if len(self._merged) > _MERGED_RUNS:
                self._merged.popitem(last=False)
        return merged.update(segments)


def _damage(run: RunRecord, segments: list[Segment]) -> Damage:
    torn = [segment for segment in segments if segment.torn_tail]
    unfinished = 0 if run.status == "running" else len(torn)
    return Damage(sum(segment.damaged for segment in segments) + unfinished, bool(torn))
