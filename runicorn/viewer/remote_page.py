"""What the Remote page shows when it is opened: open sessions, saved hosts, and those of ~/.ssh/config."""

from __future__ import annotations

from typing import Any

from runicorn.errors import ConfigError
from runicorn.remote import saved_hosts, saved_list, secret_store
from runicorn.viewer import current
from runicorn.viewer.far_items import session_item
from runicorn.viewer.onward import far, refuse_onward


def remote_page() -> dict[str, Any]:
    """Return the context of templates/pages/remote.html. Raises Forbidden at the far end of a tunnel."""
    refuse_onward()
    return {
        "page": "remote",
        "root": str(current.root()),
        "keyring": secret_store.is_available(),
        "hosts": _known_hosts(),
        "sessions": [_session(session_item(one)) for one in far().viewers.sessions()],
    }


def _known_hosts() -> list[dict[str, Any]]:
    """Saved hosts first; an alias that was saved is not shown twice."""
    saved = [_saved(entry, forget=entry["key"]) for entry in saved_hosts.list_hosts()]
    saved += [_saved({**entry, "key": entry.get("id", "")}) for entry in saved_list.list_saved() if entry.get("host")]
    names = {host["host"] for host in saved}
    return saved + [host for host in _configured() if host["host"] not in names]


def _saved(entry: dict[str, Any], *, forget: str = "") -> dict[str, Any]:
    method = entry.get("auth_method") or ("password" if entry.get("has_password") else "agent")
    login = f"{entry.get('username') or ''}@{entry['host']}:{entry.get('port', 22)}"
    return {
        "label": entry.get("name") or entry["host"],
        "detail": login + (" · password in the keyring" if entry.get("has_password") else ""),
        "host": entry["host"],
        "port": entry.get("port", 22),
        "username": entry.get("username"),
        "method": method if method in ("password", "key", "agent") else "agent",
        "private_key_path": entry.get("private_key_path"),
        "saved": entry["key"],
        "forget": forget,
    }


def _configured() -> list[dict[str, Any]]:
    try:
        hosts = far().configured_hosts()
    except ConfigError:
        return []
    return [
        {
            "label": host.alias,
            "detail": f"~/.ssh/config · {host.address}" + (f" through {host.jump}" if host.jump else ""),
            "host": host.alias,
            "port": host.port,
            "username": host.username,
            "method": "agent",
            "private_key_path": host.identity_file,
            "saved": "",
            "forget": "",
        }
        for host in hosts
    ]


def _session(item: dict[str, Any]) -> dict[str, Any]:
    """A session in the words of its card; static/js/remote.js keeps them up to date."""
    place = f"{item['environment']} · Runicorn {item['runicorn_version'] or '?'} · localhost:{item['local_port']}"
    latency = item["latency_ms"]
    return {
        "session_id": item["session_id"],
        "title": f"{item['remote_host']}: {item['remote_root']}",
        "detail": f"{item['connection_id']} · {place}",
        "warning": " ".join(item["warnings"]),
        "tag": "finished" if item["isActive"] else "running",
        "step": item["step"],
        "latency": "" if latency is None else f"{latency:.0f} ms",
        "url": item["url"],
    }
