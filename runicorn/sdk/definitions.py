"""What a user says about a metric: its own x-axis, which of its values the summary keeps, and which way is better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runicorn.errors import InvalidInput
from runicorn.sdk.values import is_finite_number
from runicorn.storage.definitions import find_definition

SUMMARIES = ("min", "max", "last", "mean")
GOALS = {"min": "minimize", "max": "maximize", "minimize": "minimize", "maximize": "maximize"}


@dataclass(slots=True)
class Definition:
    """One call of `define_metric`; `name` may hold `*`."""

    name: str
    step_metric: str | None = None
    summary: tuple[str, ...] = ()
    goal: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What meta.json says about it."""
        return {"step_metric": self.step_metric, "summary": list(self.summary), "goal": self.goal}


@dataclass(slots=True)
class Totals:
    """What is known of the finite values of one metric."""

    count: int = 0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    last: float = math.nan

    def see(self, value: float) -> None:
        """Take note of one value."""
        self.count += 1
        self.total += value
        self.low, self.high, self.last = min(self.low, value), max(self.high, value), value

    def get(self, kind: str) -> float:
        """Return the min, max, last or mean."""
        return {"min": self.low, "max": self.high, "last": self.last, "mean": self.total / self.count}[kind]


@dataclass(slots=True)
class Definitions:
    """All definitions of a run and the values they ask for. `is_new` tells that the summary is behind.

    `earlier` is the summary of the attempts before: their lowest and highest values count, their means do not.
    """

    earlier: Mapping[str, Any] = field(default_factory=dict)
    by_name: dict[str, Definition] = field(default_factory=dict)
    is_new: bool = False
    _totals: dict[str, Totals] = field(default_factory=dict)
    _found: dict[str, Definition | None] = field(default_factory=dict)

    def add(self, definition: Definition) -> None:
        """Use a definition for what is logged from now on; a later one of the same name replaces it."""
        self.by_name[definition.name] = definition
        self._found.clear()

    def see(self, values: Mapping[str, Any]) -> None:
        """Take note of one event's values."""
        for name, value in values.items():
            if self._find(name) is not None and is_finite_number(value):
                if name not in self._totals:
                    self._totals[name] = self._begin(name)
                self._totals[name].see(value)
                self.is_new = True

    def to_summary(self) -> dict[str, float]:
        """Return `name.min`, `name.max`, `name.last` and `name.mean` as far as they were asked for."""
        self.is_new = False
        wanted = ((name, self._find(name), totals) for name, totals in list(self._totals.items()))
        return {f"{name}.{kind}": totals.get(kind) for name, found, totals in wanted if found for kind in found.summary}

    def to_json(self) -> dict[str, Any]:
        """What meta.json says about all of them."""
        return {name: definition.to_json() for name, definition in self.by_name.items()}

    def _begin(self, name: str) -> Totals:
        low, high = self.earlier.get(f"{name}.min"), self.earlier.get(f"{name}.max")
        return Totals(
            low=low if is_finite_number(low) else math.inf,
            high=high if is_finite_number(high) else -math.inf,
        )

    def _find(self, name: str) -> Definition | None:
        """Return the metric's definition if it asks for a summary."""
        if name not in self._found:
            chosen = find_definition(self.by_name, name)
            self._found[name] = chosen if chosen is not None and chosen.summary else None
        return self._found[name]


def make_definition(
    name: str, step_metric: str | None, summary: str | list[str] | tuple[str, ...] | None, goal: str | None
) -> Definition:
    """Return a checked definition. Raises InvalidInput.

    `summary` names one or more of min, max, last and mean, as a list or with commas; "best" is what `goal` asks for.
    """
    if not isinstance(name, str) or not name:
        raise InvalidInput("A metric is defined by its name.")
    if goal is not None and goal not in GOALS:
        raise InvalidInput(f"goal must be 'minimize' or 'maximize', not {goal!r}.")
    kinds = summary.split(",") if isinstance(summary, str) else list(summary or ())
    kinds = [("max" if goal in ("max", "maximize") else "min") if kind == "best" else kind for kind in kinds]
    for kind in kinds:
        if kind not in SUMMARIES:
            raise InvalidInput(f"summary must be of {', '.join(SUMMARIES)} or best, not {kind!r}.")
    return Definition(name, step_metric, tuple(dict.fromkeys(kinds)), GOALS[goal] if goal else None)
