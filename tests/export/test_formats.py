"""Numbers, times and texts as people read them."""

from __future__ import annotations

import json

import pytest

from runicorn.export import formats

HOSTILE = "</script><script>alert(1)</script> & \u2028 \u2029"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345678, "0.123457"),
        (5.12615e-7, "5.12615e-7"),
        (1234567.5, "1.23457e6"),
        (2.0, "2"),
        (7, "7"),
        (True, "true"),
        (None, "\u2013"),
        (float("nan"), "NaN"),
        (float("-inf"), "\u2212\u221e"),
        ([1, 2], "[1, 2]"),
        ("text", "text"),
    ],
    ids=str,
)
def test_numbers_are_short(value: object, text: str):
    assert formats.number(value) == text


def test_embedded_json_cannot_end_its_element_and_keeps_every_value():
    """Case 59."""
    text = str(formats.embedded_json({HOSTILE: [HOSTILE, float("nan")]}))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {HOSTILE: [HOSTILE, None]}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1b]52;c;AAAA\x07x\x1b[2J", "x"),
        ("10%\r20%\r100%\r", "100%"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_a_log_line_is_plain_text_without_scripts(line: str, shown: str):
    """Case 61."""
    assert formats.plain(line) == shown


@pytest.mark.parametrize("instant", [None, float("inf"), 1e300, -1e300])
def test_an_instant_nobody_can_show_is_a_dash(instant: float | None):
    assert formats.when(instant) == "\u2013"
    assert formats.iso(instant) == ""


def test_sizes_have_binary_units():
    assert [formats.size(value) for value in (0, 1023, 1536, 20 << 20, 3 << 40)] == [
        "0 B",
        "1023 B",
        "1.5 KiB",
        "20.0 MiB",
        "3.0 TiB",
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("learning_rate", "learning_<wbr>rate"),
        ("model/layer.0-bias__", "model/<wbr>layer.<wbr>0-<wbr>bias__"),
        ("<b>_x", "&lt;b&gt;_<wbr>x"),
        ("plain", "plain"),
    ],
)
def test_long_names_break_between_words(name: str, shown: str):
    assert formats.breakable(name) == shown
