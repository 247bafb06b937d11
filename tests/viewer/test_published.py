"""The recorded answers of the published package, replayed against the application over the root it wrote.

Allowed are fields beyond the recorded ones, what changes from call to call ("<VOLATILE>"), and what docs/http-api.md
says to do better; see the tables below.
"""

from __future__ import annotations

import json
import math
import re
import tarfile
from pathlib import Path

import pytest

from runicorn.viewer import current
from runicorn.viewer.app import create_app
from runicorn.viewer.rates import Rates

FIXTURES = Path(__file__).parents[1] / "fixtures"

BETTER = {
    r"^/api/v2/": "finds nothing on the published package",
    r"^/api/export/": "not available on the published package",
    r"^/api/experiments": "not available on the published package",
    r"known-hosts": "not in 0.5.3",
    r"/metrics(\?|$)": "by time as documented, not by step",
    r"/lineage": "shows consumers",
    r"^/api/(gpu$|metrics/2|nothing|runs/$)": "answers the Python client",
    r":v1|%3Av1": "answers the Python client",
    r"^/$|^/docs|^/redoc|^/openapi|^/api$": "pages of our own",
}
OUR_OWN = {"total_files", "space_saved_bytes", "dedup_ratio", "duration_seconds", "version", "config_file", "hit_rate"}
COUNTS = {"artifacts_created_count", "artifacts_used_count"}
ANSWERS = [
    answer
    for line in (FIXTURES / "published" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    if (answer := json.loads(line))["method"] == "GET"
    and answer["status"] < 500
    and not any(re.search(pattern, answer["path"]) for pattern in BETTER)
]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Calls the viewer of the published package's storage root. Every call here only reads, so they share it."""
    folder = tmp_path_factory.mktemp("published")
    with tarfile.open(FIXTURES / "published" / "root.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    app = create_app(folder / "root", rates=Rates(enabled=False))
    yield app.test_client()
    current.viewer(app).close()


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer["path"] for answer in ANSWERS])
def test_the_answer_of_the_published_package_is_ours(published, answer):
    got = published.get(answer["path"])

    assert got.status_code == answer["status"], got.text
    recorded = answer["recorded"]
    for name in ("X-Row-Count", "X-Total-Count", "X-Last-Step"):
        assert got.headers.get(name) == recorded["headers"].get(name.lower())
    if got.status_code == 422:
        assert all(set(problem) >= {"loc", "msg", "type"} for problem in got.json["detail"])
        return
    root = published.get("/api/config").json["storage"]
    compare(recorded["body"], json.loads(got.text.replace(root, "<ROOT>")), answer["path"])


def compare(expected, got, path, at="$"):
    """Tell where `got` lacks something of `expected`."""
    key = re.sub(r"\[\d+\]$", "", at).rsplit(".", 1)[-1]
    if expected == "<VOLATILE>" or key in OUR_OWN or (key in COUNTS and "/projects/" in path):
        return
    if at == "$" and isinstance(expected, dict) and "rows" in expected:
        compare_rows(expected, got, path)
        expected = {key: value for key, value in expected.items() if key != "rows"}
    if key == "aliases" and isinstance(expected, list):
        assert set(expected) - {"latest"} == set(got) - {"latest"}, at
    elif isinstance(expected, dict):
        for name, value in expected.items():
            assert name in got, f"{at}.{name} is missing"
            compare(value, got[name], path, f"{at}.{name}")
    elif isinstance(expected, list):
        assert len(got) == len(expected), at
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            compare(one, other, path, f"{at}[{index}]")
    elif isinstance(expected, float):
        assert math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-12), at
    else:
        assert got == expected, at


def compare_rows(expected, got, path):
    """First and last row are fixed; which rows lie between when sampling is ours to choose."""
    rows = expected["rows"]
    short = isinstance(rows, dict)
    count, first, last = (rows["count"], rows["first"], rows["last"]) if short else (len(rows), rows, rows)
    assert len(got["rows"]) == count
    compare(first[:1], got["rows"][:1], path, "first")
    compare(last[-1:], got["rows"][-1:], path, "last")
    if not short and expected["total"] == expected["sampled"]:
        compare(rows, got["rows"], path, "rows")
