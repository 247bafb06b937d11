"""`ui_preferences.json` of the user: column widths and dismissed alerts. Format: docs/disk-format.md, section 7."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runicorn import config
from runicorn.storage.documents import find_object, write_json

MAX_ALERTS = 1000

_lock = threading.Lock()


def read_widths(table: str, size: str) -> dict[str, int]:
    """Return the column widths of `table` at the window size `size`, empty when none are kept."""
    entry = _mapping(_read(), "column_widths").get(_key(table, size))
    widths = entry.get("widths") if isinstance(entry, dict) else None
    return widths if isinstance(widths, dict) else {}


def write_widths(table: str, size: str, widths: Mapping[str, int], window: tuple[int | None, int | None]) -> None:
    """Keep the column widths of `table` at the window size `size`."""
    entry = {"widths": dict(widths), "window_width": window[0], "window_height": window[1], "updated_at": time.time()}

    def change(document: dict[str, Any]) -> None:
        document["column_widths"] = {**_mapping(document, "column_widths"), _key(table, size): entry}

    _change(change)


def reset_widths(table: str, size: str | None) -> None:
    """Forget the column widths of `table`, at one window size or at all."""

    def is_meant(key: str) -> bool:
        return key == _key(table, size) if size is not None else key.rpartition("@")[0] == table

    def change(document: dict[str, Any]) -> None:
        kept = {key: entry for key, entry in _mapping(document, "column_widths").items() if not is_meant(key)}
        document["column_widths"] = kept

    _change(change)


def read_alerts() -> list[str]:
    """Return the ids of the alerts that were dismissed, oldest first."""
    alerts = _read().get("dismissed_alerts")
    return [alert for alert in alerts if isinstance(alert, str)] if isinstance(alerts, list) else []


def change_alerts(change: Callable[[list[str]], list[str]]) -> None:
    """Replace the dismissed alerts by `change` of them; the latest thousand are kept."""

    def apply(document: dict[str, Any]) -> None:
        document["dismissed_alerts"] = list(dict.fromkeys(change(read_alerts())))[-MAX_ALERTS:]

    _change(apply)


def _key(table: str, size: str) -> str:
    return f"{table}@{size}"


def _path() -> Path:
    return config.config_dir() / "ui_preferences.json"


def _read() -> dict[str, Any]:
    return find_object(_path())


def _mapping(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _change(change: Callable[[dict[str, Any]], None]) -> None:
    with _lock:
        document = _read()
        change(document)
        path = _path()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_json(path, document, mode=0o600)
