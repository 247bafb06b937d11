"""Answers as pandas frames. Needs `pip install runicorn[pandas]`; ImportError says so otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

    from runicorn.api.client import RunicornClient


def metrics_to_dataframe(metrics: Mapping[str, Any]) -> pandas.DataFrame:
    """Return a frame with a column `step` and one per metric, outer-joined and ordered by step.

    `metrics` is the answer of `get_metrics`, or its `metrics` part. A step logged twice keeps its last value.
    """
    return _join_on_step(metrics.get("metrics", metrics))


def experiments_to_dataframe(experiments: Sequence[Mapping[str, Any]]) -> pandas.DataFrame:
    """Return a frame with a row per run; `created_at` and `updated_at` become UTC instants."""
    pandas = _pandas()
    frame = pandas.DataFrame(list(experiments))
    for column in frame.columns.intersection(["created_at", "updated_at"]):
        frame[column] = pandas.to_datetime(frame[column], unit="s", utc=True)
    return frame


def export_metrics_to_csv(
    client: RunicornClient, run_id: str, output_path: str | Path, metric_names: Iterable[str] | None = None
) -> None:
    """Write the metrics of a run as CSV: a column `step` and one per metric."""
    metrics_to_dataframe(client.get_metrics(run_id, metric_names)).to_csv(output_path, index=False)


def compare_runs(client: RunicornClient, run_ids: Iterable[str], metric_name: str) -> pandas.DataFrame:
    """Return a frame with a column `step` and one per run, holding `metric_name`; absent steps are NaN."""
    series = {}
    for run_id in run_ids:
        series[run_id] = client.get_metrics(run_id, [metric_name])["metrics"].get(metric_name, [])
    return _join_on_step(series)


def _join_on_step(series: Mapping[str, Sequence[Mapping[str, Any]]]) -> pandas.DataFrame:
    pandas = _pandas()
    columns = {name: {point["step"]: point["value"] for point in points} for name, points in series.items()}
    frame = pandas.DataFrame(columns, columns=list(columns), dtype="float64").sort_index()
    return frame.rename_axis("step").reset_index()


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise ImportError("This needs pandas: pip install 'runicorn[pandas]'") from error
    return pandas
