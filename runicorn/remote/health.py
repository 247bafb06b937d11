"""Does the far viewer answer through its tunnel, does it ask for a token, and which version is it."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any

from runicorn.remote.tunnel import HOST

TIMEOUT_S = 5.0


def find_health(local_port: int, token: str) -> dict[str, Any] | None:
    """Return the answer of /api/health, None when there is none yet."""
    status, body = _get(local_port, "/api/health", {"Authorization": f"Bearer {token}"})
    try:
        answer = json.loads(body) if status == 200 else None
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def is_protected(local_port: int) -> bool:
    """Tell whether the far viewer refuses who does not have its token, by asking without it."""
    return _get(local_port, "/api/runs", {})[0] in (401, 403)


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


def _get(port: int, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Return status and body; status 0 when nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(1024 * 1024)
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
