"""Every way in: password, keys, agent, questions, several steps; and what is said when the door stays shut."""

from __future__ import annotations

import gc
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from code_server import CodeServer
from server import Server, make_key

from runicorn.remote.credentials import Credentials
from runicorn.remote.errors import ConnectFailed, LoginRefused
from runicorn.remote.host_keys import HostKey, HostKeys
from runicorn.remote.pool import Pool
from runicorn.remote.shell import run_script


@pytest.fixture
def connect(pool: Pool, account, trust: Callable[[Server], None]) -> Callable[..., str]:
    """Log in and return who the far machine says we are."""

    def connect(server: Server, **given: object) -> str:
        trust(server)
        credentials = Credentials(**{"use_agent": False, **given})
        connection = pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=credentials)
        return run_script(connection, "echo $LOGNAME").strip()

    return connect


def test_a_password_is_taken(make_server, connect, account, password):
    assert connect(make_server(PasswordAuthentication="yes"), password=password) == account.name


def test_a_server_that_asks_gets_the_password(make_server, connect, account, password):
    server = make_server(UsePAM="yes", KbdInteractiveAuthentication="yes")
    assert connect(server, password=password) == account.name


def test_a_person_is_asked_what_the_server_asks(make_server, connect, account, password):
    asked = []

    def ask(prompt: str, echo: bool) -> str:
        asked.append((prompt.strip(), echo))
        return password

    server = make_server(UsePAM="yes", KbdInteractiveAuthentication="yes")
    assert connect(server, ask=ask) == account.name
    assert asked == [("Password:", False)]


@pytest.fixture
def code_server(host_keys: HostKeys) -> Iterator[CodeServer]:
    server = CodeServer()
    host_keys.accept(HostKey("127.0.0.1", server.port, server.key.get_name(), server.key.get_base64()))
    yield server
    server.close()


def test_a_code_is_given_after_the_password(pool, code_server):
    credentials = Credentials(password="secret", answers=("123456",), use_agent=False)
    assert pool.connect("127.0.0.1", port=code_server.port, username="me", credentials=credentials).is_active


def test_a_question_without_an_answer_is_shown_to_the_user(pool, code_server):
    credentials = Credentials(password="secret", use_agent=False)
    with pytest.raises(LoginRefused, match="The server asks: Verification code:"):
        pool.connect("127.0.0.1", port=code_server.port, username="me", credentials=credentials)


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("ed25519", "RFC4716"),
        ("rsa", "RFC4716"),
        ("ecdsa", "RFC4716"),
        ("rsa", "PEM"),
        ("ecdsa", "PEM"),
        ("rsa", "PKCS8"),
    ],
)
@pytest.mark.parametrize("passphrase", ["", "open sesame"], ids=["plain", "passphrase"])
def test_a_key_file_is_taken(server, connect, account, authorized_keys, tmp_path, kind, form, passphrase):
    key = make_key(tmp_path / "id", kind, passphrase, form=form)
    authorized_keys.write_text((tmp_path / "id.pub").read_text())

    assert connect(server, private_key_path=str(key), passphrase=passphrase or None) == account.name


def test_key_text_is_taken(server, connect, account, user_key):
    assert connect(server, private_key=user_key.read_text()) == account.name


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An ssh-agent of our own, empty."""
    socket = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    yield
    process.terminate()
    process.communicate(timeout=5)


def test_the_agent_is_asked(server, connect, account, user_key, agent):
    subprocess.run(["ssh-add", "-q", str(user_key)], check=True)
    assert connect(server, use_agent=True) == account.name


def test_an_agent_full_of_keys_does_not_use_up_the_attempts(make_server, connect, account, password, agent, tmp_path):
    for number in range(8):
        subprocess.run(["ssh-add", "-q", str(make_key(tmp_path / f"id{number}"))], check=True)
    server = make_server(PasswordAuthentication="yes", MaxAuthTries="4")
    assert connect(server, use_agent=True, password=password) == account.name


def test_the_usual_key_files_are_tried(server, connect, account, user_key):
    folder = Path(os.environ["HOME"]) / ".ssh"
    folder.mkdir()
    (folder / "id_ed25519").write_text(user_key.read_text())
    assert connect(server, use_agent=True) == account.name


def test_two_steps_are_taken_one_after_the_other(make_server, connect, account, password, user_key):
    server = make_server(PasswordAuthentication="yes", AuthenticationMethods="publickey,password")
    assert connect(server, private_key_path=str(user_key), password=password) == account.name


def test_a_wrong_password_is_refused_once(make_server, connect):
    server = make_server(PasswordAuthentication="yes", UsePAM="yes", KbdInteractiveAuthentication="yes")
    with pytest.raises(LoginRefused, match=r"^Connection failed: Authentication failed\.$") as caught:
        connect(server, password="wrong")
    assert caught.value.tried == ("the password",)
    assert sum("method password" in line for line in server.login_attempts()) == 1
    assert not any("keyboard-interactive" in line for line in server.login_attempts())


def test_an_unknown_key_is_refused(server, connect, tmp_path):
    with pytest.raises(LoginRefused, match=r"^Connection failed: Authentication failed\.$"):
        connect(server, private_key_path=str(make_key(tmp_path / "stranger")))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"private_key_path": "/nowhere/id"}, "the key file /nowhere/id cannot be read: No such file or directory"),
        ({"private_key": "nonsense"}, "the private key is no private key"),
        ({"private_key": "ssh-ed25519 AAAA"}, "name the file without .pub"),
        ({"private_key": "PuTTY-User-Key-File-3: ssh-ed25519"}, "Export it from PuTTYgen"),
        ({}, "The server takes publickey; nothing of that kind was given"),
        ({"password": "x"}, "The server takes publickey; nothing of that kind was given"),
    ],
)
def test_what_is_wrong_with_a_credential_is_said(server, connect, given, said):
    with pytest.raises(LoginRefused, match=said):
        connect(server, **given)


@pytest.mark.parametrize("form", ["RFC4716", "PEM", "PKCS8"])
def test_a_passphrase_that_is_missing_or_wrong_is_named(server, connect, tmp_path, form):
    key = str(make_key(tmp_path / "id", "rsa", "open sesame", form=form))
    with pytest.raises(LoginRefused, match="needs a passphrase"):
        connect(server, private_key_path=key)
    with pytest.raises(LoginRefused, match="the passphrase is wrong"):
        connect(server, private_key_path=key, passphrase="close sesame")


def test_a_closed_port_names_the_step(pool, account):
    with pytest.raises(ConnectFailed, match="Connection refused") as caught:
        pool.connect("127.0.0.1", port=1, username=account.name, credentials=Credentials(use_agent=False))
    assert caught.value.step == "connect"


def test_an_unknown_address_names_the_step(pool):
    with pytest.raises(ConnectFailed, match=r"the address far\.invalid is not known") as caught:
        pool.connect("far.invalid", username="me", credentials=Credentials(use_agent=False))
    assert caught.value.step == "address"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paramiko leaves its socket open
def test_an_agent_that_is_none_does_not_stand_in_the_way(server, connect, account, user_key, tmp_path, monkeypatch):
    (tmp_path / "no_agent").write_text("")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "no_agent"))
    assert connect(server, private_key_path=str(user_key), use_agent=True) == account.name
    gc.collect()
