"""Host and Origin texts taken apart, so that access rules compare parsed values and never patterns."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_AUTHORITY = re.compile(r"^(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?$")
_ORIGIN = re.compile(r"^(?P<scheme>https?)://(?P<authority>[^/?#@\\]+)$")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Authority:
    """A host in lower case, without brackets, and its port when one was written."""

    host: str
    port: int | None


def parse_authority(text: str) -> Authority | None:
    """Return the host and port of a Host header, or None when it is not one of either form."""
    found = _AUTHORITY.match(text)
    if found is None:
        return None
    port = int(found["port"]) if found["port"] else None
    if port is not None and port > 65535:
        return None
    return Authority((found["v6"] or found["name"]).lower(), port)


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address `host` spells out, None for a name. `127.1` and the like are names here."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Tell whether `host` is `localhost` or an address of this machine's loopback."""
    address = address_of(host)
    return host == "localhost" if address is None else address.is_loopback


def same_origin(origin: str, host: str) -> bool:
    """Tell whether the Origin header `origin` names the server that the Host header `host` names.

    `null`, other schemes and anything that does not parse are another origin.
    """
    found = _ORIGIN.match(origin)
    theirs = parse_authority(found["authority"]) if found else None
    ours = parse_authority(host)
    if found is None or theirs is None or ours is None:
        return False
    default = _DEFAULT_PORTS[found["scheme"]]
    return theirs.host == ours.host and (theirs.port or default) == (ours.port or default)
