"""Numbers, times and sizes as people read them. static/js/format.js writes numbers in the same way."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from markupsafe import Markup, escape

NOTHING = "\u2013"
_JSON_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_TERMINAL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
"""Control sequences of terminals: CSI, OSC and the like with their text, any other escape, bare control characters."""


def number(value: Any) -> str:
    """Return a number with at most six significant digits; whole numbers and texts as they are; `None` as a dash."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)


def breakable(name: str) -> Markup:
    """Return a name that a narrow column breaks behind its `_`, `.`, `/` and `-` rather than inside words."""
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[_./-])(?=[^_./-])", name))


def count(value: int) -> str:
    """Return a whole number in groups of three digits."""
    return f"{value:,}"


def duration(seconds: float | None) -> str:
    """Return two units of a length of time: "45.2 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, part, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {smaller}"
    return f"{whole} s"


def when(timestamp: float | None) -> str:
    """Return "2025-06-01 12:00" in the local time of this machine; a script may rewrite it in the reader's."""
    moment = _moment(timestamp)
    return NOTHING if moment is None else moment.strftime("%Y-%m-%d %H:%M")


def iso(timestamp: float | None) -> str:
    """Return an instant for the `datetime` attribute, "" when there is none."""
    moment = _moment(timestamp)
    return "" if moment is None else moment.astimezone().isoformat(timespec="seconds")


def size(size_bytes: float | None) -> str:
    """Return "512 B", "1.5 KiB", "20.0 MiB"."""
    if size_bytes is None:
        return NOTHING
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size_bytes < 1024:
            return f"{size_bytes:.0f} B" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TiB"


def plain(line: str) -> str:
    """Return a log line as a terminal would leave it, without colours or any other control sequence."""
    shown = line.rstrip("\r").rpartition("\r")[2]
    return _TERMINAL.sub("", shown)


def embedded_json(value: Any) -> Markup:
    """Return JSON that cannot end its script element. NaN and infinities become null."""
    text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode()
    return Markup(re.sub("[<>&\u2028\u2029]", lambda found: _JSON_ESCAPES[found.group()], text))


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "\u221e" if value > 0 else "\u2212\u221e"
    text = f"{value:.6g}"
    return re.sub(r"e([+-])0*", lambda found: "e" + found.group(1).replace("+", ""), text)


def _moment(timestamp: float | None) -> datetime | None:
    if timestamp is None or not math.isfinite(timestamp):
        return None
    try:
        return datetime.fromtimestamp(timestamp)
    except (OverflowError, ValueError, OSError):
        return None
