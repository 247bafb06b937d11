"""Connections kept, shared, led through jump hosts, taken up again; and case 70: peers that never answer."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from runicorn.errors import InvalidInput
from runicorn.remote import connection as connection_module
from runicorn.remote import login
from runicorn.remote.credentials import Credentials
from runicorn.remote.errors import ConnectFailed, ConnectionNotFound, HostKeyUntrusted
from runicorn.remote.shell import run_script
from runicorn.remote.ssh_config import parse_connection_id


def write_config(text: str) -> None:
    folder = Path(os.environ["HOME"]) / ".ssh"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(text)


def test_an_open_connection_is_used_again(pool, connection, server, account):
    again = pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=Credentials())
    assert again is connection
    assert pool.get(f"{account.name}@127.0.0.1:{server.port}") is connection
    assert pool.connections() == [connection]


def test_a_dropped_connection_is_taken_up_again(pool, connection, server):
    server.hang_up()
    while connection.is_active:
        time.sleep(0.01)
    assert pool.get(connection.id) is connection
    assert run_script(connection, "echo back") == "back\n"


def test_a_connection_that_cannot_come_back_is_inactive(pool, connection, server):
    server.stop()
    while connection.is_active:
        time.sleep(0.01)
    with pytest.raises(ConnectionNotFound, match=f"^Connection not found or inactive: {connection.id} .*refused"):
        pool.get(connection.id)


def test_a_closed_connection_is_gone(pool, connection):
    assert pool.drop(connection.id) is connection
    assert pool.drop(connection.id) is None
    with pytest.raises(ConnectionNotFound, match=f"^Connection not found or inactive: {connection.id}$"):
        pool.get(connection.id)


@pytest.mark.parametrize("text", ["", "gpu", "me@gpu", "@gpu:22", "me@:22", "me@gpu:0", "me@gpu:99999", "me@gpu:x"])
def test_an_odd_connection_id_is_refused(pool, text):
    with pytest.raises(InvalidInput, match=r"^Invalid connection_id format: "):
        pool.get(text)


def test_a_connection_id_may_hold_an_address_of_six_parts_and_a_domain():
    assert parse_connection_id("me@corp@::1:22") == ("me@corp", "::1", 22)


def test_an_alias_stands_for_address_port_user_and_key(pool, server, account, trust, user_key):
    trust(server)
    write_config(
        f"Host gpu\n HostName 127.0.0.1\n Port {server.port}\n User {account.name}\n IdentityFile {user_key}\n"
    )
    for port in (None, 22):
        connection = pool.connect("gpu", port=port, credentials=Credentials(use_agent=False))
        assert connection.id == f"{account.name}@gpu:{server.port}"
    assert run_script(connection, "echo here") == "here\n"


def test_a_jump_host_is_led_through_and_hung_up_with(make_server, pool, account, trust, user_key):
    jump, far = make_server(), make_server()
    trust(jump)
    trust(far)
    write_config(
        f"Host far\n HostName 127.0.0.1\n Port {far.port}\n ProxyJump jump\n"
        f"Host jump\n HostName 127.0.0.1\n Port {jump.port}\n"
        f"Host *\n User {account.name}\n IdentityFile {user_key}\n"
    )
    connection = pool.connect("far", credentials=Credentials(use_agent=False))

    assert run_script(connection, "echo $SSH_CONNECTION").split()[-1] == str(far.port)
    assert len(jump.login_attempts()) > 0
    jump.hang_up()
    while connection.is_active:
        time.sleep(0.01)
    assert run_script(pool.get(connection.id), "echo back") == "back\n"
    pool.drop(connection.id)


def test_two_jumps_are_taken_in_order(make_server, pool, account, trust, user_key):
    first, second, far = make_server(), make_server(), make_server()
    for server in (first, second, far):
        trust(server)
    me = account.name
    write_config(
        f"Host far\n HostName 127.0.0.1\n Port {far.port}\n"
        f" ProxyJump {me}@127.0.0.1:{first.port},{me}@127.0.0.1:{second.port}\n"
        f"Host *\n User {me}\n IdentityFile {user_key}\n"
    )
    connection = pool.connect("far", credentials=Credentials(use_agent=False))
    assert run_script(connection, "echo here") == "here\n"
    assert all(server.login_attempts() for server in (first, second, far))


def test_the_key_of_a_jump_host_is_checked_before_the_far_one_is_reached(make_server, pool, account, user_key):
    jump, far = make_server(), make_server()
    write_config(
        f"Host far\n HostName 127.0.0.1\n Port {far.port}\n ProxyJump 127.0.0.1:{jump.port}\n"
        f"Host *\n User {account.name}\n IdentityFile {user_key}\n"
    )
    with pytest.raises(HostKeyUntrusted) as caught:
        pool.connect("far", credentials=Credentials(use_agent=False))
    assert caught.value.verdict.key.port == jump.port
    assert jump.login_attempts() == far.login_attempts() == []


def test_a_typed_password_is_never_offered_to_a_jump_host(make_server, pool, account, trust, password):
    jump, far = make_server(PasswordAuthentication="yes"), make_server(PasswordAuthentication="yes")
    trust(jump)
    trust(far)
    write_config(
        f"Host far\n HostName 127.0.0.1\n Port {far.port}\n ProxyJump 127.0.0.1:{jump.port}\n"
        f"Host *\n User {account.name}\n"
    )
    with pytest.raises(ConnectFailed, match="nothing of that kind was given"):
        pool.connect("far", credentials=Credentials(password=password, use_agent=False))
    assert not any("method password" in line for line in jump.login_attempts())

    near = pool.connect("127.0.0.1", port=jump.port, credentials=Credentials(password=password, use_agent=False))
    connection = pool.connect("far", credentials=Credentials(password=password, use_agent=False))
    assert connection.is_active
    pool.drop(connection.id)
    assert near.is_active


def test_a_proxy_command_of_the_configuration_is_used(server, pool, account, trust, user_key):
    trust(server)
    write_config(
        f"Host far\n HostName 127.0.0.1\n Port {server.port}\n User {account.name}\n IdentityFile {user_key}\n"
        " ProxyCommand python3 -c \"import socket,os,threading; s=socket.create_connection(('%h',%p));"
        " t=threading.Thread(target=lambda:[s.sendall(d) for d in iter(lambda: os.read(0,65536), b'')],daemon=True);"
        " t.start(); [os.write(1,d) for d in iter(lambda: s.recv(65536), b'')]\"\n"
    )
    connection = pool.connect("far", credentials=Credentials(use_agent=False))
    assert run_script(connection, "echo here") == "here\n"


@pytest.fixture
def mute_port():
    """A listener that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_peer_without_a_banner_is_given_up(pool, mute_port, monkeypatch):
    assert connection_module.HANDSHAKE_TIMEOUT_S <= 15
    monkeypatch.setattr(connection_module, "HANDSHAKE_TIMEOUT_S", 1.0)
    started = time.monotonic()
    with pytest.raises(ConnectFailed, match="did not speak SSH within 1 s") as caught:
        pool.connect("127.0.0.1", port=mute_port, username="me", credentials=Credentials(use_agent=False))
    assert caught.value.step == "handshake"
    assert time.monotonic() - started < 6


def test_a_server_too_old_to_agree_with_says_so(pool, make_server, account, trust, key_login, monkeypatch):
    monkeypatch.setattr(connection_module, "HANDSHAKE_TIMEOUT_S", 3.0)
    server = make_server(KexAlgorithms="diffie-hellman-group1-sha1")
    trust(server)
    with pytest.raises(ConnectFailed, match=r"no SSH session with 127\.0\.0\.1 port \d+: .*kex"):
        pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login)


def test_a_login_that_hangs_is_given_up(pool, make_server, account, trust, user_key, monkeypatch):
    assert login.AUTH_TIMEOUT_S <= 15
    monkeypatch.setattr(login, "AUTH_TIMEOUT_S", 1.0)
    server = make_server(AuthorizedKeysCommand="/bin/sleep 5", AuthorizedKeysCommandUser="root")
    trust(server)
    server.authorized_keys.write_text("")
    with pytest.raises(ConnectFailed, match="did not answer the login within 1 s") as caught:
        credentials = Credentials(private_key_path=str(user_key), use_agent=False)
        pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=credentials)
    assert caught.value.step == "authentication"


def test_a_slow_host_does_not_hold_up_the_others(pool, mute_port, server, account, trust, key_login, monkeypatch):
    trust(server)
    monkeypatch.setattr(connection_module, "HANDSHAKE_TIMEOUT_S", 5.0)
    failures: list[Exception] = []

    def wait_in_vain() -> None:
        try:
            pool.connect("127.0.0.1", port=mute_port, username="me", credentials=Credentials(use_agent=False))
        except ConnectFailed as error:
            failures.append(error)

    thread = threading.Thread(target=wait_in_vain)
    thread.start()
    connection = pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login)
    assert connection.is_active
    assert failures == []
    thread.join()
    assert len(failures) == 1


def test_many_hosts_are_open_at_once(pool, make_server, account, trust, key_login):
    servers = [make_server() for _ in range(4)]
    for server in servers:
        trust(server)
        pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login)
    assert [run_script(one, "echo here") for one in pool.connections()] == ["here\n"] * 4
