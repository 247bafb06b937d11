"""Telling unusual values from usual ones."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence


class AnomalyDetector:
    """Tells unusual values from a baseline: further from its mean than `sensitivity` standard deviations."""

    def __init__(self, sensitivity: float = 2.0) -> None:
        self.sensitivity = sensitivity
        self._baselines: dict[str, tuple[float, float]] = {}

    def update_baseline(self, name: str, values: Iterable[float]) -> None:
        """Learn what is usual for a metric; fewer than two finite values teach nothing."""
        finite = [value for value in values if math.isfinite(value)]
        if len(finite) >= 2:
            self._baselines[name] = (statistics.fmean(finite), statistics.stdev(finite))

    def is_anomaly(self, name: str, value: float) -> bool:
        """Tell whether a value is unusual; a non-finite one always is, one without a baseline never."""
        if not math.isfinite(value):
            return True
        if name not in self._baselines:
            return False
        mean, deviation = self._baselines[name]
        return abs(value - mean) > self.sensitivity * deviation

    def detect_trend_anomaly(self, values: Sequence[float], window: int = 5) -> bool:
        """Tell whether the last `window` values broke with the `window` before them.

        That is when their mean changed by more than half, or their variance by more than a factor of 3.
        """
        finite = [value for value in values if math.isfinite(value)]
        if window < 2 or len(finite) < 2 * window:
            return False
        recent, before = finite[-window:], finite[-2 * window : -window]
        mean, old_mean = statistics.fmean(recent), statistics.fmean(before)
        if abs(mean - old_mean) > 0.5 * abs(old_mean) > 0:
            return True
        variance, old_variance = statistics.variance(recent), statistics.variance(before)
        return old_variance > 0 and variance / old_variance > 3
