"""`evaluations/<id>.json`: how well a version did in a test. Source: docs/disk-format.md, section 5."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from runicorn.storage.artifacts import versions
from runicorn.storage.artifacts.lifecycle import read_lifecycle, write_lifecycle
from runicorn.storage.artifacts.paths import VersionFolder
from runicorn.storage.documents import find_object, write_json
from runicorn.storage.layout import EVALUATIONS


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One test of one version. `status` is the tester's own word, "passed" say; `evaluation_date` in Unix seconds."""

    id: str
    model_name: str
    model_version: int
    evaluation_date: float
    evaluator_run_id: str | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    test_dataset: str | None = None
    status: str = ""
    notes: str | None = None


_FIELDS = [entry.name for entry in fields(Evaluation)]


def record_evaluation(
    version: VersionFolder,
    metrics: Mapping[str, float],
    status: str,
    *,
    evaluator_run_id: str | None = None,
    test_dataset: str | None = None,
    notes: str | None = None,
) -> Evaluation:
    """Write down an evaluation made now, and name it in the version's lifecycle (the last ten)."""
    now = time.time()
    name = version.artifact.name
    with versions.changing(version):
        evaluation = Evaluation(
            _free_id(version.artifact.root, f"{name}_v{version.number}", now),
            name,
            version.number,
            now,
            evaluator_run_id,
            dict(metrics),
            test_dataset,
            status,
            notes,
        )
        write_json(_path(version.artifact.root, evaluation.id), asdict(evaluation))
        lifecycle = read_lifecycle(version)
        write_lifecycle(version, replace(lifecycle, evaluations=(*lifecycle.evaluations, _summary(evaluation))))
    return evaluation


def list_evaluations(root: Path, name: str, number: int | None = None) -> list[Evaluation]:
    """Return the evaluations of an artifact, or of one version, newest first. Damaged files are passed over."""
    found = (_parse(find_object(path)) for path in sorted((root / EVALUATIONS).glob("*.json")) if path.is_file())
    chosen = (e for e in found if e and e.model_name == name and number in (None, e.model_version))
    return sorted(chosen, key=lambda evaluation: evaluation.evaluation_date, reverse=True)


def _free_id(root: Path, prefix: str, now: float) -> str:
    """Two evaluations in one millisecond get ids one apart."""
    stamp = int(now * 1000)
    (root / EVALUATIONS).mkdir(exist_ok=True)
    while os.path.lexists(_path(root, f"{prefix}_{stamp}")):
        stamp += 1
    return f"{prefix}_{stamp}"


def _path(root: Path, evaluation_id: str) -> Path:
    return root / EVALUATIONS / f"{evaluation_id}.json"


def _summary(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "eval_id": evaluation.id,
        "date": evaluation.evaluation_date,
        "status": evaluation.status,
        "metrics_summary": evaluation.metrics,
    }


def _parse(document: Mapping[str, Any]) -> Evaluation | None:
    known = {key: document[key] for key in _FIELDS if key in document}
    texts = ("id", "model_name", "status")
    if not all(isinstance(known.get(key, ""), str) for key in texts) or not {"id", "model_name"} <= known.keys():
        return None
    date, metrics = known.get("evaluation_date"), known.get("metrics")
    known["evaluation_date"] = float(date) if isinstance(date, int | float) else 0.0
    known["metrics"] = metrics if isinstance(metrics, dict) else {}
    return Evaluation(**{"model_version": 0, **known})
