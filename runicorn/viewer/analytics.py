"""Figures over all runs: overview, projects, the course of a metric, and whether anything needs attention."""

from __future__ import annotations

import math
import os
import shutil
import statistics
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from runicorn.query.records import RunRecord

DAY_SECONDS = 86_400
SIZE_SECONDS = 60.0
LOW_DISK_SHARE = 0.05
GRADES = ((90, "excellent"), (80, "good"), (60, "fair"), (0, "poor"))


class RootSize:
    """Bytes below a storage root, measured at most once a minute; links are not followed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._measured: dict[Path, tuple[float, int]] = {}

    def read(self, root: Path) -> int:
        """Return how many bytes the files below `root` hold."""
        with self._lock:
            at, size = self._measured.get(root, (-SIZE_SECONDS, 0))
            if time.monotonic() - at >= SIZE_SECONDS:
                size = _measure(root)
                self._measured = {root: (time.monotonic(), size)}
            return size


def _measure(folder: Path | str) -> int:
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += _measure(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except OSError:
        return total
    return total


def count_runs(live: Sequence[RunRecord], deleted: Sequence[RunRecord]) -> dict[str, Any]:
    """Return how many runs there are (bin included), are active (live), run, succeeded, and how long they took.

    `success_rate` is the percentage of ended live runs that finished; durations are seconds.
    """
    durations = [run.duration_s for run in live if run.duration_s is not None and run.status != "running"]
    return {
        "total_experiments": len(live) + len(deleted),
        "active_experiments": len(live),
        "running_experiments": sum(run.status == "running" for run in live),
        "success_rate": success_rate(live),
        "avg_experiment_duration": round(statistics.fmean(durations), 3) if durations else 0.0,
    }


def success_rate(runs: Iterable[RunRecord]) -> float:
    """Return the percentage of `runs` that finished, those still running left out; 0 without any."""
    ended = [run for run in runs if run.status != "running"]
    return round(100 * sum(run.status == "finished" for run in ended) / len(ended), 2) if ended else 0.0


def since(runs: Iterable[RunRecord], days: int) -> list[RunRecord]:
    """Return those of `runs` made in the last `days` days."""
    earliest = time.time() - days * DAY_SECONDS
    return [run for run in runs if run.created_time >= earliest]


def count_projects(runs: Iterable[RunRecord]) -> list[dict[str, Any]]:
    """Return one entry for each project, the one with the most runs first."""
    projects: dict[str, list[RunRecord]] = {}
    for run in runs:
        if run.project is not None:
            projects.setdefault(run.project, []).append(run)
    entries = [
        {
            "project": name,
            "total_experiments": len(found),
            "running_experiments": sum(run.status == "running" for run in found),
            "success_rate": success_rate(found),
            "names": sorted({run.name for run in found if run.name is not None}),
            "last_activity": max(run.updated_at for run in found),
        }
        for name, found in projects.items()
    ]
    return sorted(entries, key=lambda entry: (-entry["total_experiments"], entry["project"]))


def value_of(run: RunRecord, metric: str) -> float | None:
    """Return what `run` reached in `metric`: its best value when that is the primary metric, else its summary's."""
    value = run.best_metric_value if run.best_metric_name == metric else run.summary.get(metric)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number and value is not None else None


def trend(runs: Iterable[RunRecord], metric: str) -> dict[str, Any]:
    """Return the values of `metric` by day (local time) and over all days."""
    days: dict[str, list[float]] = {}
    for run in runs:
        value = value_of(run, metric)
        if value is not None:
            days.setdefault(datetime.fromtimestamp(run.created_time).date().isoformat(), []).append(value)
    every = [value for values in days.values() for value in values]
    return {
        "trend_data": [{"date": day, **_describe(days[day])} for day in sorted(days)],
        "statistics": {
            "total_experiments": len(every),
            "mean_value": statistics.fmean(every) if every else 0.0,
            "std_dev": statistics.stdev(every) if len(every) > 1 else 0.0,
            "min_value": min(every, default=0.0),
            "max_value": max(every, default=0.0),
        },
    }


def _describe(values: list[float]) -> dict[str, Any]:
    return {"count": len(values), "mean": statistics.fmean(values), "min": min(values), "max": max(values)}


def find_issues(runs: Iterable[RunRecord], root: Path) -> list[str]:
    """Return, in the user's words, what needs attention."""
    issues = []
    damaged = sum(bool(run.warnings) for run in runs)
    if damaged:
        issues.append(f"{damaged} run(s) have files that could not be read. Run `runicorn doctor`.")
    lost = sum(run.liveness == "dead" for run in runs)
    if lost:
        issues.append(f"{lost} run(s) ended without saying so.")
    try:
        usage = shutil.disk_usage(root)
    except OSError:
        return [*issues, "The storage root cannot be read."]
    if usage.free < LOW_DISK_SHARE * usage.total:
        issues.append(f"Only {usage.free // 2**20} MiB are free on the disk of the storage root.")
    return issues


def grade(issues: Sequence[str]) -> tuple[str, float]:
    """Return a word and a score from 0 to 100: 15 points less for each issue."""
    score = max(0.0, 100.0 - 15.0 * len(issues))
    return next(word for least, word in GRADES if score >= least), score
