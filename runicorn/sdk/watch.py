"""What a run takes note of while metrics pass: best and defined values for the summary, alerts for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runicorn.sdk.alerts import Alerts
from runicorn.sdk.monitors import MetricMonitor
from runicorn.sdk.summary import PrimaryMetric

if TYPE_CHECKING:
    from runicorn.sdk.definitions import Definition, Definitions


class Watch:
    """Sees every event of a run. `earlier` is the summary of the attempts before."""

    def __init__(self, alerts: Alerts, earlier: Mapping[str, Any]) -> None:
        self.monitor = MetricMonitor()
        self.definitions: Definitions | None = None
        self._alerts = alerts
        self._earlier = earlier
        self._primary: PrimaryMetric | None = None
        self._is_best_new = False

    def set_primary(self, name: str, mode: str) -> None:
        """Track the best value of one metric from now on, the first time from where an earlier attempt left off."""
        primary = PrimaryMetric(name, mode)
        if self._primary is None:
            primary.go_on_from(self._earlier)
        self._primary = primary

    def define(self, definition: Definition) -> None:
        """Use a definition from now on; its goal makes it the primary metric when there is none yet."""
        if self.definitions is None:
            from runicorn.sdk.definitions import Definitions

            self.definitions = Definitions(self._earlier)
        self.definitions.add(definition)
        if definition.goal is not None and self._primary is None and "*" not in definition.name:
            self.set_primary(definition.name, "min" if definition.goal == "minimize" else "max")

    def see(self, values: Mapping[str, Any], step: int) -> None:
        """Take note of one event."""
        primary = self._primary
        if primary is not None and primary.name in values and primary.see(values[primary.name], step):
            self._is_best_new = True
        if self.definitions is not None:
            self.definitions.see(values)
        for text in self.monitor.check_metrics(values):
            self._alerts.send(text)

    def take_summary(self) -> dict[str, Any]:
        """Return what the summary does not say yet."""
        found: dict[str, Any] = {}
        if self.definitions is not None and self.definitions.is_new:
            found |= self.definitions.to_summary()
        if self._is_best_new and self._primary is not None:
            self._is_best_new = False
            found |= self._primary.to_summary()
        return found
