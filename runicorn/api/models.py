"""Typed views of the API's objects. Times are Unix seconds, sizes bytes; unknown fields are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Self


class _FromDict:
    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the object described by `data`. Raises TypeError when a required field is missing."""
        known = {item.name for item in fields(cls)}  # type: ignore[arg-type]
        return cls(**{key: value for key, value in data.items() if key in known})


def _instant(seconds: float | None) -> datetime | None:
    """Unix seconds as an aware UTC instant."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True)
class Experiment(_FromDict):
    """One run."""

    id: str
    project: str | None = None
    name: str | None = None
    status: str = "unknown"
    created_at: float | None = None
    updated_at: float | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)

    @property
    def created_datetime(self) -> datetime | None:
        return _instant(self.created_at)

    @property
    def updated_datetime(self) -> datetime | None:
        return _instant(self.updated_at)


@dataclass(frozen=True, slots=True)
class MetricPoint(_FromDict):
    """One value; None where the logged value was not finite."""

    step: int
    value: float | None
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """One metric of one run, ordered by step."""

    name: str
    points: list[MetricPoint]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> MetricSeries:
        """Return the series described by `{"name": ..., "points": [{"step", "value", "timestamp"}]}`."""
        return cls(data["name"], [MetricPoint.from_dict(point) for point in data.get("points", ())])

    @property
    def values(self) -> list[float | None]:
        return [point.value for point in self.points]

    @property
    def steps(self) -> list[int]:
        return [point.step for point in self.points]

    def last_value(self) -> float | None:
        """Return the last finite value, None when there is none."""
        finite = self._finite()
        return finite[-1] if finite else None

    def min_value(self) -> float | None:
        """Return the least finite value, None when there is none."""
        return min(self._finite(), default=None)

    def max_value(self) -> float | None:
        """Return the greatest finite value, None when there is none."""
        return max(self._finite(), default=None)

    def _finite(self) -> list[float]:
        return [point.value for point in self.points if point.value is not None]


@dataclass(frozen=True, slots=True)
class Artifact(_FromDict):
    """One version of an artifact."""

    name: str
    version: int
    type: str
    created_at: float | None = None
    size_bytes: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """`name:vN`, as the client's calls take it."""
        return f"{self.name}:v{self.version}"

    @property
    def created_datetime(self) -> datetime | None:
        return _instant(self.created_at)

    @property
    def size_mb(self) -> float:
        return self.size_bytes / (1024 * 1024)


@dataclass(frozen=True, slots=True)
class RemoteSession(_FromDict):
    """A viewer on another machine, reached through a tunnel."""

    session_id: str
    connection_id: str | None = None
    remote_host: str | None = None
    remote_port: int | None = None
    local_port: int | None = None
    remote_root: str | None = None
    status: str = "unknown"
    created_at: float | None = None

    @property
    def local_url(self) -> str:
        return f"http://localhost:{self.local_port}"


@dataclass(frozen=True, slots=True)
class Project(_FromDict):
    """A project and how much is in it."""

    name: str
    experiment_count: int = 0
    latest_update: float | None = None
