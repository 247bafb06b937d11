"""Many runs read together say what each of them says alone."""

from __future__ import annotations

import math
import tempfile
from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runicorn.query import Reader, stacks
from runicorn.query.facts import MetricFacts
from runicorn.query.long_rows import long_rows as rows_of
from runicorn.query.marks import Marks
from runicorn.query.stack_facts import stack_facts
from tests.query import strategies


def same(one: MetricFacts, other: MetricFacts) -> bool:
    """Equal, but for the rounding of the mean."""
    if (one.mean is None) != (other.mean is None):
        return False
    close = one.mean is None or math.isclose(one.mean, other.mean, rel_tol=1e-9, abs_tol=1e-300)
    alike = [value for name, value in zip(MetricFacts.__slots__, astuple(one), strict=True) if name != "mean"]
    return close and alike == [v for n, v in zip(MetricFacts.__slots__, astuple(other), strict=True) if n != "mean"]


def rows_of_run(stack, number):
    """The rows of the run at place `number`, times left out where there are none."""
    rows, names = [], {}
    for part in rows_of(stack, 0, names):
        for place, owner in enumerate(part["run_number"].tolist()):
            if owner == number:
                cells = {
                    key: values[place] for key, values in part.items() if key not in ("run_number", "metric_number")
                }
                rows.append((list(names)[part["metric_number"][place]], repr(sorted(cells.items()))))
    return sorted(rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(strategies.event_files(), strategies.mostly_clean_files()), min_size=1, max_size=6))
def test_a_stack_says_what_every_run_says_alone(files):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stacks, "_FEW", 0)
        patch.setattr(stacks, "STACK_BYTES", 4000)
        for number, data in enumerate(files):
            run = Path(folder) / "root" / "p" / "n" / "runs" / f"20250601_12000{number}_a1b2c3"
            run.mkdir(parents=True)
            (run / "events.jsonl").write_bytes(data)
        with Reader(Path(folder) / "root", Path(folder) / "cache") as reader:
            marks = Marks()
            found = set()
            runs = reader.runs.list_runs()
            for stack in stacks.iter_stacks([(run, marks.of(run)) for run in runs], reader.metrics, reader.cursor):
                for number, (run, facts) in enumerate(zip(stack.runs, stack_facts(stack), strict=True)):
                    alone = reader.metrics.facts(run)
                    assert len(facts) == len(alone)
                    assert all(map(same, facts, alone)), (facts, alone)
                    single = next(stacks.iter_stacks([(run, [0, []])], reader.metrics, reader.cursor))
                    assert rows_of_run(stack, number) == rows_of_run(single, 0)
                    found.add(run.id)
            assert len(found) == len(files)


def test_a_disk_without_room_for_a_stack_is_done_without(reader, make_run, metrics, monkeypatch):
    for number in range(30):
        make_run(f"20250601_1200{number:02}_a1b2c3", events=[metrics(1, loss=float(number)), "garbage\n"])
    monkeypatch.setattr("tempfile.TemporaryDirectory", lambda **_: (_ for _ in ()).throw(OSError("full")))

    found = reader.search("metrics.loss.max >= 28", order_by="metrics.loss.max")

    assert [run.id for run in found.runs] == ["20250601_120029_a1b2c3", "20250601_120028_a1b2c3"]
