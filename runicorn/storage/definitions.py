"""What `meta.json` says about metrics under `metrics`: a definition by name, or by a pattern with `*`."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeVar

T = TypeVar("T")


def find_definition(definitions: Mapping[str, T], metric: str) -> T | None:
    """Return the definition of this very name, else the last whose pattern fits."""
    if metric in definitions:
        return definitions[metric]
    fitting = [found for pattern, found in definitions.items() if fnmatchcase(metric, pattern)]
    return fitting[-1] if fitting else None


def own_axis(meta: Mapping[str, Any], metric: str) -> str | None:
    """Return the metric that `metric` was defined to be drawn over, None for the step."""
    definitions = meta.get("metrics")
    found = find_definition(definitions, metric) if isinstance(definitions, dict) else None
    axis = found.get("step_metric") if isinstance(found, dict) else None
    return axis if isinstance(axis, str) and axis != metric else None
