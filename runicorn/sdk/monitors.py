"""Watching metrics while they are logged: alert rules and recent statistics."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runicorn.errors import InvalidInput

TOLERANCE = 1e-9

_CONDITIONS: dict[str, Callable[[float, float], bool]] = {
    "gt": lambda value, threshold: value > threshold,
    "lt": lambda value, threshold: value < threshold,
    "eq": lambda value, threshold: abs(value - threshold) < TOLERANCE,
    "ne": lambda value, threshold: abs(value - threshold) >= TOLERANCE,
    "nan": lambda value, threshold: math.isnan(value),
    "inf": lambda value, threshold: math.isinf(value),
}


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When to raise an alert: `condition` is gt, lt, eq, ne (against `threshold`), nan or inf.

    `consecutive_count` values in a row must meet it. `callback(metric_name, value)` is called at every alert.
    """

    metric_name: str
    condition: str
    threshold: float | None = None
    consecutive_count: int = 1
    callback: Callable[[str, float], Any] | None = None

    def __post_init__(self) -> None:
        if self.condition not in _CONDITIONS:
            raise InvalidInput(f"condition must be one of {', '.join(_CONDITIONS)}, not {self.condition!r}.")
        if self.threshold is None and self.condition not in ("nan", "inf"):
            raise InvalidInput(f"condition {self.condition!r} needs a threshold.")

    def is_met(self, value: float) -> bool:
        """Tell whether one value meets the condition."""
        return _CONDITIONS[self.condition](value, 0.0 if self.threshold is None else self.threshold)

    def describe(self, value: float) -> str:
        """The text of the alert."""
        if self.threshold is None:
            return f"⚠️ Alert: {self.metric_name} is {self.condition.upper()}"
        return f"⚠️ Alert: {self.metric_name}={value} {self.condition} {self.threshold}"


class MetricMonitor:
    """Checks logged values against rules and keeps the last `window_size` values of every metric.

    It starts with rules against NaN and infinities in `loss` and NaN in `train_loss`, `val_loss` and `test_loss`.
    """

    def __init__(self, window_size: int = 100) -> None:
        self._windows: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=window_size))
        self._rules: dict[str, list[AlertRule]] = {}
        self._finite_ruled: set[str] = set()
        self._met: dict[int, int] = {}
        self.add_rule(AlertRule("loss", "nan"))
        self.add_rule(AlertRule("loss", "inf"))
        for name in ("train_loss", "val_loss", "test_loss"):
            self.add_rule(AlertRule(name, "nan"))

    def add_rule(self, rule: AlertRule) -> None:
        """Check one more rule from now on."""
        self._rules.setdefault(rule.metric_name, []).append(rule)
        if rule.condition not in ("nan", "inf") or rule.consecutive_count > 1:
            self._finite_ruled.add(rule.metric_name)

    def check_metrics(self, metrics: Mapping[str, Any]) -> list[str]:
        """Take note of one event's values; returns the texts of the alerts they raise."""
        alerts: list[str] = []
        windows, rules, finite_ruled = self._windows, self._rules, self._finite_ruled
        for name, value in metrics.items():
            if type(value) is float or (type(value) is int and value.bit_length() < 1000):
                windows[name].append(value)
                # Most rules are against NaN and infinities, and most values are neither.
                if name in rules and (name in finite_ruled or value - value != 0):
                    alerts += self._check(rules[name], value)
        return alerts

    def get_statistics(self, name: str) -> dict[str, Any]:
        """Return mean, min, max, last, count and valid_count of the recent values of a metric.

        Non-finite values are left out of all but `count`; when there are no others, the answer says which kind was
        seen. Empty for a metric that was never logged.
        """
        values = self._windows.get(name, ())
        valid = [value for value in values if math.isfinite(value)]
        if not valid:
            kinds = {"has_nan": any(map(math.isnan, values)), "has_inf": any(map(math.isinf, values))}
            return kinds if values else {}
        return {
            "mean": math.fsum(valid) / len(valid),
            "min": min(valid),
            "max": max(valid),
            "last": valid[-1],
            "count": len(values),
            "valid_count": len(valid),
        }

    def recent(self) -> dict[str, list[float]]:
        """Return the values kept of every metric, in the order the metrics were first logged."""
        return {name: list(values) for name, values in list(self._windows.items())}

    def _check(self, rules: Iterable[AlertRule], value: float) -> list[str]:
        alerts = []
        for rule in rules:
            count = self._met.get(id(rule), 0) + 1 if rule.is_met(value) else 0
            if count >= rule.consecutive_count:
                count = 0
                alerts.append(rule.describe(value))
                if rule.callback is not None:
                    rule.callback(rule.metric_name, value)
            self._met[id(rule)] = count
        return alerts
