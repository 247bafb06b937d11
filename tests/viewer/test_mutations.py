"""The published package's recorded answers to calls that change something, with the documented corrections."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

RECORDED = json.loads((Path(__file__).parent.parent / "fixtures/published/golden_mutations.json").read_text("utf-8"))

VOLATILE = {"deleted_at", "evaluation_date", "eval_id", "updated_at", "total_files", "space_saved_bytes", "dedup_ratio"}
VOLATILE |= {"dedup_pool_size_bytes"}  # we free contents that nothing needs any more

CORRECTED: dict[tuple[str, str], tuple[int, Any]] = {
    ("recycle bin", "valid, unknown, already in the bin, repeated"): (
        200,
        {
            "deleted_count": 1,
            "results": {
                "20251025_043521_c86007": {"success": True},
                "20200101_000000_abcdef": {"success": False, "error": "run not found"},
                "20251025_084750_cdc6f6": {"success": False, "error": "already deleted"},
            },
            "message": "Soft deleted 1 of 3 runs",
        },
    ),
    ("recycle bin", "second time"): (
        200,
        {"deleted_count": 0, "results": {"20251025_043521_c86007": {"success": False, "error": "already deleted"}}},
    ),
    ("model lifecycle", "detail after promotion"): (200, {"version": 1, "lifecycle_stage": "production"}),
    ("model lifecycle", "files after promotion"): (200, {"artifact": "train-config:v1", "total_files": 1}),
    ("model lifecycle", "detail after evaluation"): (200, {"version": 1, "status": "ready"}),
    ("model lifecycle", "unknown artifact is accepted"): (404, {"detail": "Artifact not found: no-such:v7"}),
}
"""By section and note: where the published package is wrong and the documents, or their readers, say what is right."""

CORRECTED_CALLS: dict[tuple[str, str], tuple[int, Any]] = {
    ("DELETE", "/api/artifacts/small-net/v99"): (404, {"detail": "Version not found: small-net:v99"}),
    ("DELETE", "/api/artifacts/small-net/v0"): (404, {"detail": "Version not found: small-net:v0"}),
    ("DELETE", "/api/artifacts/small-net/v2?type=dataset"): (
        404,
        {"detail": "Artifact not found: small-net (type=dataset)"},
    ),
    ("GET", "/api/artifacts/small-net/v1"): (200, {"version": 1, "status": "deleted"}),
    ("GET", "/api/experiments/search?tags=a"): (200, {"experiments": [{"project": "vision", "tags": ["a", "b"]}]}),
}

CORRECTED_BODIES: dict[tuple[str, str], tuple[int, Any]] = {
    ("/api/v2/experiments/batch-delete", '{"exp_ids": ["20251025_102236_77d069", "no-such"], "reason": "tidy"}'): (
        200,
        {"deleted": 1, "failed": 1, "deleted_count": 1, "results": {"20251025_102236_77d069": True, "no-such": False}},
    ),
    ("/api/recycle-bin/restore", '{"run_ids": ["20251025_102236_77d069"]}'): (
        200,
        {"restored_count": 1, "results": {"20251025_102236_77d069": {"success": True}}},
    ),
    ("/api/experiments/tag", '{"run_id": "20251025_024853_e9d2f6", "tags": ["a", "b"]}'): (200, {"success": True}),
    ("/api/experiments/tag", '{"tags": ["a"]}'): (400, {"detail": "run_id is required"}),
    ("/api/experiments/delete", '{"run_ids": ["20251025_024853_e9d2f6"]}'): (
        200,
        {"results": {"20251025_024853_e9d2f6": True}},
    ),
    ("/api/experiments/delete", "{}"): (400, {"detail": "run_ids are required"}),
    ("/api/config/user_root_dir", '{"path": "/proc/nope/x"}'): (
        400,
        {"detail": "Invalid path or permission error: No such file or directory"},
    ),
    ("/api/config/user_root_dir", "{}"): (400, {"detail": "Invalid path: name a folder."}),
}
"""By path and body, where a note does not tell calls apart."""

GONE = {
    ("v2 batch delete", "/api/runs"): "20251025_102236_77d069",
    ("experiments (tag, search, delete)", "/api/runs"): "20251025_024853_e9d2f6",
}
"""Runs that really are gone from a list where the published package deleted nothing."""

EMPTIED = ["runs/20251025_230101_0a1b2c", "nlp-lab/bert/runs/20251025_084750_cdc6f6"]

SECTIONS = [
    "recycle bin",
    "status check",
    "v2 batch delete",
    "artifacts: soft and permanent delete",
    "model lifecycle",
    "experiments (tag, search, delete)",
    "user preferences",
    "storage root (last: it switches the served root)",
]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_recorded_sequence_is_answered_as_documented(make_app, published_root, tmp_path, own_folders, section):
    if section != "recycle bin":  # the first sequence of the recording, which emptied the bin
        for run in EMPTIED:
            shutil.rmtree(published_root / run)
    published = make_app(published_root).test_client()
    folders = {"<ROOT>": published_root, "<SCRATCH>": tmp_path / "scratch", "<CONFIG>": own_folders / "config"}
    if section == "status check":  # before the recording its listings had written down the dead run
        published.post("/api/status/check")
    for call in RECORDED:
        if call["section"] == section:
            status, expected = _expected(call)
            answer = published.open(call["path"], method=call["method"], **_body(call, folders))
            where = f"{call['method']} {call['path']} {call['note']}"
            assert answer.status_code == status, where
            if status != 422:
                found = json.loads(_named(answer.text, folders))
                _compare(expected, _ids(found) if _is_ids(expected) else found, where)


def _expected(call: dict[str, Any]) -> tuple[int, Any]:
    known = (call["status"], call["answer"])
    if (gone := GONE.get((call["section"], call["path"]))) is not None:
        known = (call["status"], [run_id for run_id in call["answer"] if run_id != gone])
    if call["section"] == "v2 batch delete" and call["note"] == "is it in the bin?":
        known = (200, {"deleted_runs": [{"id": "20251025_102236_77d069", "delete_reason": "tidy"}]})
    return (
        CORRECTED.get((call["section"], call["note"]))
        or CORRECTED_CALLS.get((call["method"], call["path"]))
        or CORRECTED_BODIES.get((call["path"], json.dumps(call["body"])))
        or known
    )


def _named(text: str, folders: dict[str, Path]) -> str:
    """The answer with the recording's names for folders."""
    for name, folder in folders.items():
        text = text.replace(str(folder), name)
    return text


def _body(call: dict[str, Any], folders: dict[str, Path]) -> dict[str, Any]:
    """The recording cut two kinds of bodies, long lists and raw bytes, and named folders."""
    body = call["body"]
    if call["method"] == "GET" or (call["method"] == "DELETE" and body is None):
        return {}
    if body == "<long body>":
        ids = [f"20250601_120000_{number:06x}" for number in range(1001)]
        return {"json": {"run_ids": ids[:101], "exp_ids": ids}}
    if body == "<5 raw bytes, application/json>":
        return {"data": b"{oops", "content_type": "application/json"}
    if body is None:
        return {"data": b"", "content_type": "application/json"}
    text = json.dumps(body)
    for name, folder in folders.items():
        text = text.replace(name, str(folder))
    return {"data": text, "content_type": "application/json"}


def _is_ids(expected: Any) -> bool:
    return isinstance(expected, list) and bool(expected) and all(isinstance(item, str) for item in expected)


def _ids(runs: list[dict[str, Any]]) -> list[str]:
    return sorted(run["id"] for run in runs)


def _compare(expected: Any, found: Any, where: str) -> None:
    """Further fields are allowed. The published package leaves `latest` on old versions, and deleted ones "ready"."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert key in found, f"{where}: {key} is missing"
            if key == "aliases" and isinstance(value, list):
                assert set(value) - {"latest"} == set(found[key]) - {"latest"}, where
            elif key == "status" and value == "ready":
                assert found[key] in ("ready", "deleted"), where
            elif key not in VOLATILE:
                _compare(value, found[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(expected) == len(found), where
        for one, other in zip(expected, found, strict=True):
            _compare(one, other, where)
    elif isinstance(expected, str) and expected.startswith("…"):
        assert found.endswith(expected[1:]), where
    elif isinstance(expected, str) and (stamp := re.search(r"_v[0-9]+_[0-9]{13}$", expected)):
        assert found.startswith(expected[: stamp.start()]), where
    elif isinstance(expected, float):
        assert math.isclose(expected, found), where
    else:
        assert expected == found, f"{where}: {found!r} for {expected!r}"
