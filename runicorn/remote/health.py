"""Does the far viewer answer through its tunnel, and does it ask for its token."""

from __future__ import annotations

import http.client
import json
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
