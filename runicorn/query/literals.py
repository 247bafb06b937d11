"""Values as SQL writes them, for the few places that take no parameters."""

from __future__ import annotations

import math


def literal(value: str | float) -> str:
    """Return a text or a number as SQL writes it."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value) if math.isfinite(value) else f"'{value}'::DOUBLE"
