"""Cases 69 and 72: no credential reaches a server whose key is unknown, changed or revoked."""

from __future__ import annotations

import subprocess

import pytest

from runicorn.remote.credentials import Credentials
from runicorn.remote.errors import HostKeyUntrusted


@pytest.fixture
def connect(pool, account):
    def connect(server):
        credentials = Credentials(password="hunter2-canary", use_agent=False)
        return pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=credentials)

    return connect


def refuse(connect, server) -> dict:
    with pytest.raises(HostKeyUntrusted) as caught:
        connect(server)
    assert server.login_attempts() == []
    return caught.value.detail["host_key"]


def test_an_unknown_key_is_shown_and_nothing_is_sent(make_server, connect):
    server = make_server(PasswordAuthentication="yes")
    listed = subprocess.run(
        ["ssh-keygen", "-lf", str(server.folder / "host_ed25519.pub")], capture_output=True, text=True, check=True
    )

    assert refuse(connect, server) == {
        "host": "127.0.0.1",
        "port": server.port,
        "known_hosts_host": f"[127.0.0.1]:{server.port}",
        "key_type": "ssh-ed25519",
        "fingerprint_sha256": listed.stdout.split()[1],
        "public_key": server.public_key(),
        "reason": "unknown",
    }


def test_a_changed_key_is_a_hard_stop_that_shows_both(make_server, connect, trust):
    server = make_server(PasswordAuthentication="yes")
    trust(server)
    before = server.public_key()
    server.stop()
    server.change_host_key()
    server.start()

    answer = refuse(connect, server)

    assert answer["reason"] == "changed"
    assert answer["public_key"] == server.public_key()
    assert answer["expected_public_key"] == before
    assert answer["expected_fingerprint_sha256"] != answer["fingerprint_sha256"]


def test_a_key_of_another_type_counts_as_changed(make_server, connect, host_keys):
    server = make_server("ecdsa", PasswordAuthentication="yes")
    other = make_server("ed25519").public_key()
    host_keys.own.parent.mkdir()
    host_keys.own.write_text(f"[127.0.0.1]:{server.port} {other}\n")

    answer = refuse(connect, server)

    assert (answer["reason"], answer["key_type"]) == ("changed", "ecdsa-sha2-nistp256")
    assert answer["expected_public_key"] == other


def test_a_server_with_several_keys_is_asked_for_the_one_on_record(make_server, pool, account, host_keys, key_login):
    server = make_server("ed25519", "ecdsa", "rsa")
    for kind in ("rsa", "ecdsa"):
        host_keys.system[0].write_text(f"[127.0.0.1]:{server.port} {server.public_key(kind)}\n")
        connection = pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login)
        assert connection.is_active
        pool.drop(connection.id)


def test_a_hashed_entry_of_the_system_is_understood(server, pool, account, host_keys, key_login):
    path = host_keys.system[0]
    path.write_text(f"[127.0.0.1]:{server.port} {server.public_key()}\n")
    subprocess.run(["ssh-keygen", "-H", "-f", str(path)], check=True, capture_output=True)
    assert path.read_text().startswith("|1|")

    assert pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login).is_active


def test_a_revoked_key_is_refused_even_when_it_is_also_trusted(make_server, connect, trust, host_keys):
    server = make_server(PasswordAuthentication="yes")
    trust(server)
    host_keys.system[0].write_text(f"@revoked * {server.public_key()}\n")

    assert refuse(connect, server)["reason"] == "revoked"
