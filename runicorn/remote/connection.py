"""One SSH connection: dialled, its host key checked, logged in, and taken up again after a drop."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

from paramiko import Channel, ProxyCommand, SFTPClient, Transport
from paramiko.ssh_exception import SSHException

from runicorn.remote.credentials import Credentials
from runicorn.remote.errors import CommandFailed, ConnectFailed
from runicorn.remote.host_keys import HostKey, HostKeys
from runicorn.remote.login import log_in
from runicorn.remote.ssh_config import Target

SSH_LOG = "runicorn.remote.ssh"
logging.getLogger(SSH_LOG).setLevel(logging.CRITICAL)  # paramiko logs, with a traceback, what it also raises

CONNECT_TIMEOUT_S = 10.0
HANDSHAKE_TIMEOUT_S = 10.0
CHANNEL_TIMEOUT_S = 15.0
KEEPALIVE_S = 15

_RSA_NAMES = ("rsa-sha2-512", "rsa-sha2-256")
"""How servers with an `ssh-rsa` key sign with it today."""


class Connection:
    """A login on one server. Thread-safe; `via` is the connection to a jump host, ours to close when `owns_via`."""

    def __init__(
        self,
        target: Target,
        credentials: Credentials,
        host_keys: HostKeys,
        *,
        via: Connection | None = None,
        owns_via: bool = False,
    ) -> None:
        self.target = target
        self.credentials = credentials
        self._host_keys = host_keys
        self._via = via
        self._owns_via = owns_via
        self._transport: Transport | None = None
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        return self.target.connection_id

    @property
    def is_active(self) -> bool:
        transport = self._transport
        return transport is not None and transport.is_active() and transport.is_authenticated()

    def open(self) -> None:
        """Connect unless connected. Raises ConnectFailed, LoginRefused or HostKeyUntrusted."""
        with self._lock:
            if self.is_active:
                return
            self._drop()
            if self._via:
                self._via.open()
            self._transport = self._connect()

    def close(self) -> None:
        """Hang up, on the jump host too when it was called only for this."""
        with self._lock:
            self._drop()
        if self._via and self._owns_via:
            self._via.close()

    def drop(self) -> None:
        """Hang up on a link that no longer answers, keeping what is needed to `open` it again."""
        self._drop()

    def _drop(self) -> None:
        transport, self._transport = self._transport, None
        if transport:
            transport.close()

    def _connect(self) -> Transport:
        sock = self._dial()
        transport = Transport(sock)
        transport.set_log_channel(SSH_LOG)
        try:
            self._shake_hands(transport)
            log_in(transport, self.target, self.credentials)
        except BaseException:
            transport.close()
            sock.close()
            raise
        transport.set_keepalive(KEEPALIVE_S)
        return transport

    def _dial(self) -> Any:
        """Return the socket, channel or command through which to speak SSH."""
        target = self.target
        if self._via:
            return self._via.open_channel((target.address, target.port), timeout=CONNECT_TIMEOUT_S)
        if target.command:
            return _run_proxy(target.command)
        try:
            sock = socket.create_connection((target.address, target.port), timeout=CONNECT_TIMEOUT_S)
        except socket.gaierror as error:
            raise ConnectFailed("address", f"the address {target.address} is not known.") from error
        except TimeoutError as error:
            reason = f"{target.address} port {target.port} did not answer within {CONNECT_TIMEOUT_S:.0f} s."
            raise ConnectFailed("connect", reason) from error
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConnectFailed("connect", f"{target.address} port {target.port}: {reason}.") from error
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return sock

    def _shake_hands(self, transport: Transport) -> None:
        """Agree on keys and check the server's, before anything about the user is sent."""
        target = self.target
        transport.banner_timeout = transport.handshake_timeout = HANDSHAKE_TIMEOUT_S
        transport.channel_timeout = CHANNEL_TIMEOUT_S
        _prefer(transport, self._host_keys.known_types(target.key_name, target.key_port))
        try:
            transport.start_client(timeout=HANDSHAKE_TIMEOUT_S + 2)
            key = transport.get_remote_server_key()
        except (SSHException, EOFError, OSError) as error:
            raise ConnectFailed("handshake", _handshake_reason(target, error)) from error
        self._host_keys.check(HostKey(target.key_name, target.key_port, key.get_name(), key.get_base64()))

    def open_session(self) -> Channel:
        """Return a channel to run a command on. Raises ConnectFailed when the link is down."""
        return self._channel(lambda transport: transport.open_session(timeout=CHANNEL_TIMEOUT_S))

    def open_channel(self, address: tuple[str, int], *, timeout: float = CHANNEL_TIMEOUT_S) -> Channel:
        """Return a channel to a port that the server can reach. Raises ConnectFailed."""
        here = ("127.0.0.1", 0)
        return self._channel(lambda transport: transport.open_channel("direct-tcpip", address, here, timeout=timeout))

    def _channel(self, opener: Any) -> Channel:
        transport = self._transport
        if transport is None or not transport.is_active():
            raise ConnectFailed("connect", f"the link to {self.id} is down.")
        try:
            return opener(transport)
        except (SSHException, EOFError, OSError) as error:
            raise ConnectFailed("jump" if self._via else "connect", f"{self.id} opens no channel: {error}.") from error

    @contextlib.contextmanager
    def sftp(self) -> Iterator[SFTPClient]:
        """A file transfer session for the block. Raises CommandFailed when the server has none."""
        channel = self.open_session()
        channel.settimeout(CHANNEL_TIMEOUT_S)
        try:
            channel.invoke_subsystem("sftp")
            client = SFTPClient(channel)
        except (SSHException, EOFError, OSError) as error:
            hang_up(channel)
            raise CommandFailed(f"{self.id} offers no file transfer (SFTP).") from error
        try:
            yield client
        finally:
            hang_up(channel)


def hang_up(channel: Channel) -> None:
    """Close a channel, whose link may be gone already."""
    with contextlib.suppress(SSHException, EOFError, OSError):
        channel.close()


class _Command(ProxyCommand):
    """A ProxyCommand that leaves neither a process nor a pipe behind."""

    def close(self) -> None:
        process = self.process
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


def _run_proxy(command: str) -> _Command:
    try:
        return _Command(command)
    except (OSError, ValueError) as error:
        raise ConnectFailed("connect", f"ProxyCommand {command!r} does not run: {error}.") from error


def _prefer(transport: Transport, known: list[str]) -> None:
    """Ask for the key types on record first: a server with several keys must not look changed."""
    names = [
        name for kind in known for name in (("rsa-sha2-512", "rsa-sha2-256", kind) if kind == "ssh-rsa" else (kind,))
    ]
    options = transport.get_security_options()
    offered = list(options.key_types)
    options.key_types = sorted(offered, key=lambda name: names.index(name) if name in names else len(names))


def _handshake_reason(target: Target, error: BaseException) -> str:
    where = f"{target.address} port {target.port}"
    if "banner" in str(error) or isinstance(error, EOFError):
        return f"{where} did not speak SSH within {HANDSHAKE_TIMEOUT_S:.0f} s."
    return f"no SSH session with {where}: {error}."
