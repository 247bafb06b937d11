"""A run's results: `run.summary`, kept in `summary.json`, and the best value of the primary metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from runicorn.errors import InvalidInput
from runicorn.sdk.values import is_finite_number

MODES = ("max", "min")


class Summary(Mapping[str, Any]):
    """Results by name. `run.summary({...})`, `summary[name] = value` and `summary.name = value` write at once."""

    def __init__(self, values: Mapping[str, Any], write: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "_write", write)

    def __call__(self, update: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Merge `update` into the summary."""
        self._values.update(self._write({**(update or {}), **more}))

    def update(self, update: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Merge `update` into the summary; the same as calling it."""
        self(update, **more)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self({name: value})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"The summary has no {name!r}.")
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Summary({self._values!r})"


class PrimaryMetric:
    """The best value seen of one metric. Numbers and truth values count, non-finite ones do not."""

    def __init__(self, name: str, mode: str) -> None:
        if mode not in MODES:
            raise InvalidInput(f"mode must be 'max' or 'min', not {mode!r}.")
        self.name = name
        self.mode = mode
        self.value: float | None = None
        self.step: int | None = None

    def go_on_from(self, summary: Mapping[str, Any]) -> None:
        """Begin with the best value that an earlier attempt's `summary` holds, if it is of the same metric."""
        value, step = summary.get("best_metric_value"), summary.get("best_metric_step")
        same = (summary.get("best_metric_name"), summary.get("best_metric_mode")) == (self.name, self.mode)
        if same and is_finite_number(value):
            self.value, self.step = value, step

    def see(self, value: Any, step: int) -> bool:
        """Take note of a logged value; returns whether it is the best so far."""
        if not is_finite_number(value):
            return False
        if self.value is not None and (value <= self.value if self.mode == "max" else value >= self.value):
            return False
        self.value, self.step = value, step
        return True

    def to_summary(self) -> dict[str, Any]:
        """What the summary says about it; empty before the first value."""
        if self.value is None:
            return {}
        return {
            "best_metric_value": self.value,
            "best_metric_name": self.name,
            "best_metric_step": self.step,
            "best_metric_mode": self.mode,
        }
