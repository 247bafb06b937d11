"""What of a run's samples a page shows, and what of them travels."""

from __future__ import annotations

from pathlib import Path

import pytest

from runicorn.export.media import MAX_STEPS, guarded, media_panels, travels
from runicorn.query import MediaRecord


def record(kind: str, step: int | None, *, key: str = "k", file: Path | None = None, **data: object) -> MediaRecord:
    return MediaRecord(kind, key, f"media/{file.name}" if file else "", step, None, None, file, data)


def test_the_latest_steps_of_a_key_are_shown_in_order():
    logged = [record("histogram", step, counts=[1, 3], edges=[0, 1, 4]) for step in range(MAX_STEPS + 5)]
    (panel,) = media_panels(reversed(logged))
    assert [sample.record.step for sample in panel.samples] == list(range(5, MAX_STEPS + 5))
    assert panel.total == MAX_STEPS + 5
    assert panel.samples[0].bars.outline == "M0.0 120V80.0H100.0V120ZM100.0 120V0.0H400.0V120Z"
    assert panel.samples[0].bars.bins == ((0, 1, 1), (1, 4, 3))


def test_a_page_has_a_bound_that_all_keys_share(tmp_path: Path):
    file = tmp_path / "a.html"
    file.write_bytes(b"x" * (1 << 20))
    panels = media_panels(record("html", step, key=key, file=file) for key in "abcde" for step in range(3))
    assert [len(panel.samples) for panel in panels] == [2, 2, 1, 1, 1]
    assert {panel.samples[-1].record.step for panel in panels} == {2}


@pytest.mark.parametrize(
    ("kind", "name", "goes"),
    [
        ("table", "a.csv", True),
        ("audio", "a.wav", True),
        ("audio", "a.html", False),
        ("table", "a.html", False),
        ("html", "a.html", False),
    ],
)
def test_no_page_travels(tmp_path: Path, kind: str, name: str, goes: bool):
    assert travels(record(kind, 1, file=tmp_path / name)) is goes


@pytest.mark.parametrize("element", ["<link rel=preconnect>", "<IFRAME src=x>", "<frame src=x>", "<Meta http-equiv=x>"])
def test_nothing_that_connects_ahead_is_left(element: str):
    assert element.lower() not in guarded(f"<p>a</p>{element}").lower()
    assert guarded("").startswith("<meta http-equiv=")
