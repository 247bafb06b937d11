"""Random event files: late keys, repeated and reversed steps, odd values, foreign and damaged lines, torn tails."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

names = st.sampled_from(
    ["loss", "acc", "Loss", "val/f1", "true_rate", "mAP@0.5", "准确率", 'a "b"', "time", "stage", "epoch", "NaNs"]
)
plain_names = st.sampled_from(["loss", "acc", "val/f1", "true_rate", "time", "epoch"])
numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(2**70), 2**70),
    st.integers(-5, 5),
    st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64, -0.0, 1e-320, 1e300, 10**400]),
)
odd_values = st.one_of(
    st.booleans(),
    st.none(),
    st.text(max_size=5),
    st.sampled_from(["7", "true", "NaN", 'a"b', "a: b"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)
steps = st.one_of(
    st.integers(0, 12),
    st.integers(-3, 3),
    st.floats(-20, 20),
    st.sampled_from(
        [None, "7", " 8 ", "x", "8.9", True, 8.9, float("nan"), float("inf"), 2**53 + 1, 2**62, 2**80, [1]]
    ),
)


@st.composite
def events(draw: st.DrawFn, *, odd: bool = True) -> dict[str, Any]:
    """A metrics event; with `odd`, of any shape a reader must bear."""
    values = st.one_of(numbers, odd_values) if odd else st.one_of(st.floats(-100, 100), st.integers(-100, 100))
    data = draw(st.dictionaries(names if odd else plain_names, values, max_size=4))
    step = draw(steps if odd else st.integers(0, 30))
    data[draw(st.sampled_from(["global_step", "global_step", "step"])) if odd else "global_step"] = step
    event = {"ts": draw(st.floats(0, 100)), "type": "metrics", "data": data}
    if odd:
        for key in draw(st.lists(st.sampled_from(["ts", "type", "data"]), max_size=1)):
            event[key] = draw(st.sampled_from([None, 5, "x", "metrics", [1], {}, {"global_step": 1}, True]))
    return event


def line_of(event: Any) -> bytes:
    return json.dumps(event).encode() + b"\n"


def logged(step: int, **values: float) -> dict[str, Any]:
    """A metrics event as the SDK writes it."""
    return {"ts": float(step), "type": "metrics", "data": {"loss": 0.5, **values, "global_step": step}}


@st.composite
def stretches(draw: st.DrawFn) -> bytes:
    """Lines of a run that goes on from some step, mostly upwards."""
    first = draw(st.integers(0, 100))
    lines = []
    for place in range(draw(st.integers(0, 8))):
        event = draw(st.one_of(events(odd=False), events()))
        if isinstance(event.get("data"), dict) and draw(st.integers(0, 9)):
            event["data"] = {key: value for key, value in event["data"].items() if key != "step"}
            event["data"]["global_step"] = first + place
        lines.append(line_of(event))
    return b"".join(lines)


clean_lines = events(odd=False).map(line_of)
odd_lines = st.one_of(
    events().map(line_of),
    events().map(lambda event: json.dumps(event, ensure_ascii=False).encode("utf-8", "replace") + b"\n"),
    st.sampled_from(
        [
            b"\n",
            b"   \n",
            b"[1, 2]\n",
            b"5\n",
            b"null\n",
            b"{}\n",
            b"not json\n",
            b"\x00" * 64 + b"\n",
            b'{"ts": 1, "type": "metrics", "data": {"loss": 1, "loss": 2, "global_step": 1}}\n',
            b'{"ts": 1, "type": "metrics", "data": {"loss": nan, "global_step": 1}}\n',
            b'{"ts": 1, "type": "metrics", "data": {"loss": -NaN, "global_step": 1}}\n',
            b'{"ts": inf, "type": "metrics", "data": {"loss": 3, "global_step": 1}}\n',
            b'{"ts": 1, "type": "metrics", "data": {"loss": 1e999, "global_step": 1}}\n',
            b'{"ts": 1, "type": "metrics", "data": {"lo\\u0073s": 3, "global_step": 2}}\n',
            b'{"ts": 1, "type": "metrics", "data": {"loss": "\\ud800", "global_step": 1}}\n',
            b'{"ts": 1, "type": "metrics", "data": {"loss": 1, "global_step": 1}} {"a": 1}\n',
            b'{"ts": 1, "type": "metrics", "da{"ts": 2, "type": "metrics", "data": {"loss": 1, "global_step": 4}}\n',
            b'{"ts": 1, "type": "metrics", "data": {"loss": 1, "global_step": 3}}\r\n',
            b'{"ts": 1, "type": "image", "data": {"key": "a", "path": "media/a.png", "step": 1, "caption": null}}\n',
            b'{"ts": 1, "type": "metrics", "data": {"\xff\xfe": 1, "global_step": 1}}\n',
            b'{ "ts" : 1 , "type" : "metrics" , "data" : { "loss" : 4 , "global_step" : 6 } }\n',
        ]
    ),
)
tails = st.sampled_from(
    [b"", b"", b'{"ts": 1, "type": "met', b'{"ts": 1, "type": "metrics", "data": {"loss": 1, "global_step": 1}}']
)


@st.composite
def event_files(draw: st.DrawFn) -> bytes:
    """Lines of any kind, perhaps with an unfinished one at the end."""
    lines = draw(st.lists(st.one_of(clean_lines, odd_lines), max_size=25))
    return b"".join(lines) + draw(tails)


@st.composite
def mostly_clean_files(draw: st.DrawFn) -> bytes:
    """Whole lines, few of them odd, as a real run writes them."""
    lines = draw(st.lists(clean_lines, min_size=1, max_size=30))
    for line in draw(st.lists(odd_lines, max_size=3)):
        lines.insert(draw(st.integers(0, len(lines))), line)
    return b"".join(lines)


@st.composite
def long_files(draw: st.DrawFn) -> bytes:
    """A run that logs the same metrics at every step; now and then one is missing or not finite."""
    values = draw(
        st.lists(st.floats(-100, 100, width=16) | st.just(float("nan")) | st.none(), min_size=1, max_size=120)
    )
    lines = []
    for step, value in enumerate(values):
        data = {"acc": step / 2, "time": 5.0 + step, "epoch": step // 10, "global_step": step}
        lines.append(
            line_of({"ts": step, "type": "metrics", "data": data if value is None else {"loss": value, **data}})
        )
    return b"".join(lines)
