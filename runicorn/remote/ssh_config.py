"""What ~/.ssh/config says about a host: address, port, user, identity files, and the way there."""

from __future__ import annotations

import getpass
import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramiko import SSHConfig
from paramiko.ssh_exception import ConfigParseError, CouldNotCanonicalize

from runicorn.errors import ConfigError, InvalidInput
from runicorn.remote.host_keys import check_host

CONFIG_FILE = Path("~/.ssh/config")
MAX_INCLUDES = 16
DEFAULT_PORT = 22

_KEYWORD = re.compile(r"^\s*(?P<key>[A-Za-z]+)(?:\s*=\s*|\s+)(?P<value>.*?)\s*$")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect. `host` and `username` are as asked for; `address` and `port` are what is dialled.

    `key_name` and `key_port` are what known_hosts calls the server. `jumps` are hosts to go through, nearest first,
    as `[user@]host[:port]`; `command` is a ProxyCommand.
    """

    host: str
    port: int
    username: str
    address: str
    key_name: str
    key_port: int
    identity_files: tuple[str, ...] = ()
    identities_only: bool = False
    jumps: tuple[str, ...] = ()
    command: str | None = None

    @property
    def connection_id(self) -> str:
        return f"{self.username}@{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ConfiguredHost:
    """One alias of the file, for a list to choose from."""

    alias: str
    address: str
    port: int
    username: str | None
    identity_file: str | None
    jump: str | None


class HostConfig:
    """The user's file, or none. Raises ConfigError when it cannot be parsed."""

    def __init__(self, path: Path = CONFIG_FILE) -> None:
        text = "\n".join(_lines(path.expanduser(), 0))
        try:
            self._config = SSHConfig.from_text(text)
        except ConfigParseError as error:
            raise ConfigError(f"{path} cannot be read: {error}") from error

    def resolve(self, host: str, *, port: int | None = None, username: str | None = None) -> Target:
        """Return where `host`, an alias or an address, is. Port 22 means the port of the file when it names one."""
        check_host(host)
        options = self._lookup(host)
        found = _port(options.get("port", DEFAULT_PORT))
        port = found if port in (None, DEFAULT_PORT) else _port(port)
        jump = options.get("proxyjump", "none")
        jumps = () if jump.lower() == "none" else tuple(part.strip() for part in jump.split(","))
        address = check_host(options.get("hostname", host))
        alias = options.get("hostkeyalias")
        return Target(
            host=host,
            port=port,
            username=username or options.get("user") or getpass.getuser(),
            address=address,
            key_name=alias or address,
            key_port=DEFAULT_PORT if alias else port,
            identity_files=tuple(options.get("identityfile", ())),
            identities_only=options.get("identitiesonly", "no").lower() == "yes",
            jumps=jumps,
            command=None if jumps else options.get("proxycommand"),
        )

    def hosts(self) -> list[ConfiguredHost]:
        """Return the aliases of the file, by name; patterns are left out."""
        names = sorted(name for name in self._config.get_hostnames() if not set(name) & set("*?!"))
        return [self._describe(name) for name in names]

    def _describe(self, alias: str) -> ConfiguredHost:
        options = self._lookup(alias)
        return ConfiguredHost(
            alias=alias,
            address=options.get("hostname", alias),
            port=_port(options.get("port", DEFAULT_PORT)),
            username=options.get("user"),
            identity_file=next(iter(options.get("identityfile", ())), None),
            jump=options.get("proxyjump"),
        )

    def _lookup(self, host: str) -> dict[str, Any]:
        try:
            return dict(self._config.lookup(host))
        except (CouldNotCanonicalize, ConfigParseError, ImportError, ValueError) as error:
            raise ConfigError(f"{CONFIG_FILE} says nothing usable about {host}: {error}") from error


def parse_jump(text: str) -> tuple[str | None, str, int | None]:
    """Return user, host and port of one hop of ProxyJump: `[user@]host[:port]`, `[v6]:port` or an ssh:// address."""
    text = text.removeprefix("ssh://")
    user, _, address = text.rpartition("@")
    found = re.fullmatch(r"\[(?P<v6>[^]]+)\](?::(?P<p6>\d+))?|(?P<name>[^:]+)(?::(?P<port>\d+))?|(?P<bare>.+)", address)
    if found is None:
        raise ConfigError(f"ProxyJump {text!r} names no host.")
    port = found["p6"] or found["port"]
    return user or None, found["v6"] or found["name"] or found["bare"], int(port) if port else None


def parse_connection_id(text: str) -> tuple[str, str, int]:
    """Return user, host and port of `user@host:port`. Raises InvalidInput."""
    username, _, address = text.rpartition("@")
    host, _, port = address.rpartition(":")
    if not (username and host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InvalidInput(f"Invalid connection_id format: {text}")
    return username, host, int(port)


def _port(value: object) -> int:
    try:
        port = int(str(value))
    except ValueError:
        port = 0
    if not 0 < port < 65536:
        raise InvalidInput(f"Invalid port {value}: it must be a number from 1 to 65535.")
    return port


def _lines(path: Path, depth: int) -> Iterator[str]:
    """Yield the lines of a configuration with the files it includes in their places, which paramiko does not do.

    After an included file the block that held the Include goes on.
    """
    block = "Host *"
    for line in _read(path):
        found = _KEYWORD.match(line)
        key = found["key"].lower() if found else ""
        if key != "include" or found is None:
            block = line if key in ("host", "match") else block
            yield line
        elif depth < MAX_INCLUDES:
            for included in _included(found["value"]):
                yield from _lines(included, depth + 1)
            yield block


def _included(value: str) -> Iterator[Path]:
    for pattern in re.findall(r'"[^"]*"|\S+', value):
        below = Path("~/.ssh").expanduser() / Path(pattern.strip('"')).expanduser()
        yield from map(Path, sorted(glob.glob(str(below))))


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return []
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
