"""Is the far version of Runicorn this one, an older or a newer one."""

from __future__ import annotations

import re


def version_warnings(far: str | None, near: str) -> tuple[str, ...]:
    """Return what a user should know when the far version is not this one."""
    if far is None or _numbers(far) == _numbers(near):
        return ()
    if _numbers(far) < _numbers(near):
        return (f"The far machine has the older Runicorn {far}; here it is {near}.",)
    return (f"The far machine has the newer Runicorn {far}; here it is {near}.",)


def _numbers(version: str) -> tuple[int, ...]:
    """The release numbers of a version, enough to tell older from newer."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()
