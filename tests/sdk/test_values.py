"""What may be logged, and that it comes back as it was. Promise P10, cases 28 to 32."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import json
import math
import pathlib
import sys

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runicorn.sdk.values import Unkeepable, encode_line, flatten, to_json


def same(one, other):
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return one == other and math.copysign(1, one) == math.copysign(1, other)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), float("-inf"), -0.0, 1e-320, 2**63, 2**200, -(2**64), True, 0.1 + 0.2, 5e-324],
    ids=str,
)
def test_numbers_come_back_as_they_were(start, read_metrics, value):
    """Case 28."""
    run = start()
    run.log(value=value)

    (found,) = read_metrics(run.run_dir, "value")
    assert same(value, found)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.0, 0.5])
def test_numpy_floats_of_every_size_come_back(start, read_metrics, kind, value):
    """Case 28."""
    run = start()
    run.log(value=kind(value), array=np.array(value, dtype=kind), one=np.array([value], dtype=kind))

    for name in ("value", "array", "one"):
        (found,) = read_metrics(run.run_dir, name)
        assert same(value, found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(-3), -3),
        (np.uint8(255), 255),
        (np.bool_(True), True),
        (np.str_("text"), "text"),
        (np.array([1, 2]), [1, 2]),
        (np.array([[1.5], [2.5]]), [[1.5], [2.5]]),
        (np.array([]), []),
        (decimal.Decimal("0.25"), 0.25),
        (fractions.Fraction(1, 4), 0.25),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.UTC), "2026-01-02T03:00:00+00:00"),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        (enum.Enum("Colour", {"RED": "red"}).RED, "red"),
        (enum.IntEnum("Level", {"LOW": 1}).LOW, 1),
        ((1, [2, {"a": np.float32(0.5)}]), [1, [2, {"a": 0.5}]]),
        (None, None),
    ],
    ids=str,
)
def test_values_of_other_types_become_json(value, expected):
    found = to_json(value)
    assert found == expected
    assert type(found) is type(expected)


class Scalar:
    """The protocol of torch, jax and tensorflow scalars, of which none is imported here."""

    shape = ()
    dtype = "bfloat16"

    def __init__(self, value):
        self.value = value

    def tolist(self):
        return self.value

    item = tolist


class EagerTensor:
    shape = ()
    dtype = "float32"

    def numpy(self):
        return np.float32(0.5)


class Broken(Scalar):
    def item(self):
        raise RuntimeError("CUDA error: device-side assert triggered")


def test_scalars_of_tensor_libraries_are_read_by_their_protocol():
    assert to_json(Scalar(0.25)) == 0.25
    assert to_json(EagerTensor()) == 0.5
    with pytest.raises(Unkeepable, match="cannot be read: RuntimeError"):
        to_json(Broken(1))
    assert [name for name in ("torch", "jax", "tensorflow") if name in sys.modules] == []


def test_nested_mappings_are_flattened(start, read_events):
    run = start()
    run.log({"train": {"loss": 0.5, "acc": {"top1": 0.9}}, "lr": 1, 7: 8, "empty": {}})

    (event,) = read_events(run.run_dir)
    assert {key: event["data"][key] for key in event["data"] if key not in ("time", "global_step")} == {
        "train/loss": 0.5,
        "train/acc/top1": 0.9,
        "lr": 1,
        "7": 8,
    }


NAMES = [
    "a/b/c",
    "MAP@k",
    "n:estimators",
    'loss "x"',
    "';--",
    "🎉",
    "x" * 300,
    "__proto__",
    "constructor",
    "caf\u00e9",
    "cafe\u0301",
    "Loss",
    "loss",
    "null",
    "with\nbreak",
    "<b>",
    "\u2028",
]


def test_names_come_back_as_they_were_and_are_never_merged(start, read_events):
    """Cases 29 and 30."""
    run = start()
    run.log({name: number for number, name in enumerate(NAMES)})

    (event,) = read_events(run.run_dir)
    assert {name: event["data"][name] for name in NAMES} == {name: number for number, name in enumerate(NAMES)}


@pytest.mark.parametrize("name", ["", "\ud800"])
def test_names_that_cannot_be_kept_are_refused(start, read_events, caplog, name):
    run = start()
    run.log({name: 1, "good": 2})

    (event,) = read_events(run.run_dir)
    assert set(event["data"]) == {"good", "time", "global_step"}
    assert len(caplog.records) == 1


def test_a_name_may_change_its_type(start, read_metrics):
    """Case 31."""
    run = start()
    run.log(loss=0.5)
    run.log(loss="bad")
    run.log(loss={"x": 1})

    assert read_metrics(run.run_dir, "loss") == [0.5, "bad"]
    assert read_metrics(run.run_dir, "loss/x") == [1]


@pytest.mark.parametrize("step", [2**53 + 1, 2**63 - 1, -5, 0])
def test_steps_keep_every_digit(start, read_metrics, step):
    """Case 32."""
    run = start()
    run.log({"a": 1}, step=step)

    assert read_metrics(run.run_dir, "global_step") == [step]


def test_a_step_beyond_64_bits_is_the_next_one(start, read_metrics, caplog):
    run = start()
    run.log({"a": 1}, step=2**63)

    assert read_metrics(run.run_dir, "global_step") == [1]
    assert "beyond 64 bits" in caplog.text


def test_the_clock_going_back_loses_nothing(start, read_metrics, read_document, monkeypatch):
    """Case 33."""
    run = start()
    for now in (5000.0, 1400.0, 5001.0):
        monkeypatch.setattr("time.time", lambda now=now: now)
        run.log(now=now)
    run.finish()

    assert read_metrics(run.run_dir, "now") == read_metrics(run.run_dir, "time") == [5000.0, 1400.0, 5001.0]


scalars = st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats() | st.text(st.characters(codec="utf-8"))
nested = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4), max_leaves=8)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), nested, max_size=6))
def test_every_json_value_survives_its_line(values):
    event = {"data": flatten(values, lambda name, reason: pytest.fail(f"{name}: {reason}"))}

    line = encode_line(event)

    assert line.count(b"\n") == 1
    assert repr(json.loads(line)) == repr(event)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.floats(allow_nan=False), max_size=6))
def test_lines_of_finite_numbers_are_strict_json(values):
    finite = {name: value for name, value in values.items() if math.isfinite(value)}

    assert orjson.loads(encode_line(finite)) == finite


def test_anything_that_is_a_number_is_logged_as_one(start, read_metrics):
    class Celsius:
        def __float__(self):
            return 21.5

    class Broken:
        def __float__(self):
            raise RuntimeError("no number for you")

    run = start()
    run.log(a=Celsius())
    run.log(a=Broken())

    assert read_metrics(run.run_dir, "a") == [21.5]
    assert run._events.refused == 1
