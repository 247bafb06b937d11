"""What the SSH tests share: a server, a user on it, a far environment with this package, and a look for leftovers."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from flask import Flask
from flask.testing import FlaskClient

from runicorn.remote.connection import Connection
from runicorn.remote.credentials import Credentials
from runicorn.remote.host_keys import HostKey, HostKeys
from runicorn.remote.pool import Pool
from runicorn.viewer import current
from runicorn.viewer.app import create_app
from runicorn.viewer.rates import Rates

sys.path.insert(0, str(Path(__file__).parent))

from accounts import Account, add_account, own, own_account, remove_account
from server import KEYGEN, SSHD, Server, make_key


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.ssh)


def demand(condition: object, reason: str) -> None:
    """Skip with the reason when something is missing; where nothing may be skipped, fail."""
    if condition:
        return
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason}, and CI is set", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def sshd() -> str:
    demand(Path(SSHD).exists() and KEYGEN, "no OpenSSH server is installed (Debian: openssh-server)")
    return SSHD


@pytest.fixture(scope="session")
def account(sshd: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The user we log in as: one of its own where we are root, else ourselves."""
    if os.geteuid() != 0:
        yield own_account()
        return
    folder = tmp_path_factory.mktemp("far")
    folder.chmod(0o755)
    for parent in folder.parents:
        if parent.owner() == "root" and parent.stat().st_mode & 0o005 != 0o005 and "pytest" in parent.name:
            parent.chmod(0o755)
    account = add_account(folder / "home")
    yield account
    remove_account(account)


@pytest.fixture(scope="session")
def password(account: Account) -> str:
    demand(account.password, "a user with a password can only be made as root")
    return account.password or ""


@pytest.fixture(scope="session")
def user_key(tmp_path_factory: pytest.TempPathFactory, sshd: str) -> Path:
    """The private key the servers know."""
    return make_key(tmp_path_factory.mktemp("keys") / "id_test")


@pytest.fixture
def authorized_keys(tmp_path_factory: pytest.TempPathFactory, user_key: Path) -> Path:
    """The servers' list of keys; a test may add to it."""
    folder = tmp_path_factory.mktemp("authorized")
    for parent in (folder, *folder.parents):
        if "pytest" in parent.name:
            parent.chmod(0o755)
    path = folder / "keys"
    path.write_text(user_key.with_name("id_test.pub").read_text())
    path.chmod(0o644)
    return path


@pytest.fixture
def make_server(tmp_path: Path, authorized_keys: Path) -> Iterator[Callable[..., Server]]:
    """Start an sshd: `make_server(PasswordAuthentication="yes")`; stopped at the end, every connection cut."""
    servers: list[Server] = []

    def make(*kinds: str, **options: str) -> Server:
        folder = tmp_path / f"sshd{len(servers)}"
        server = Server(folder, authorized_keys, options, kinds or ("ed25519",))
        servers.append(server)
        return server.start()

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """An sshd that takes `user_key`."""
    return make_server()


@pytest.fixture
def host_keys(tmp_path: Path) -> HostKeys:
    """A known_hosts file of our own and one of the system, both empty."""
    return HostKeys(tmp_path / "own" / "known_hosts", [tmp_path / "system_known_hosts"])


@pytest.fixture
def trust(host_keys: HostKeys) -> Callable[[Server], None]:
    def accept(server: Server) -> None:
        for kind in server.host_key_kinds:
            host_keys.accept(HostKey("127.0.0.1", server.port, *server.public_key(kind).split()))

    return accept


@pytest.fixture
def pool(host_keys: HostKeys) -> Iterator[Pool]:
    pool = Pool(host_keys)
    yield pool
    pool.close()


@pytest.fixture
def key_login(user_key: Path) -> Credentials:
    return Credentials(private_key_path=str(user_key), use_agent=False)


@pytest.fixture
def connection(
    pool: Pool, server: Server, account: Account, trust: Callable[[Server], None], key_login: Credentials
) -> Connection:
    """An open connection to `server`."""
    trust(server)
    return pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login)


@pytest.fixture(scope="session")
def far_python(account: Account) -> Path:
    """The Python of a second environment, in the account's home, that has this package as installed here."""
    demand(account.password, "an environment is only made in the home of a user of the tests, as root")
    folder = account.home / "project" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    purelib = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (purelib / "near.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    own(account, folder.parent, folder)
    return folder / "bin" / "python"


@pytest.fixture(autouse=True)
def nothing_is_left(account: Account) -> Iterator[None]:
    """After the test no process of it runs, no thread of it waits, and no port it opened is listened on."""
    ports_before, threads_before = _listening(), set(threading.enumerate())
    yield
    _gone, alive = psutil.wait_procs(_far_processes(account.home), timeout=15)
    assert not alive, [process.info for process in alive]
    for thread in {one for one in set(threading.enumerate()) - threads_before if not one.name.startswith("asyncio")}:
        thread.join(timeout=10)
        assert not thread.is_alive(), thread
    assert _listening() - ports_before == set()


def _far_processes(home: Path) -> list[psutil.Process]:
    """Viewers and keepers of this account, wherever they hang in the tree. Other tests may run beside this one."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(home) in line and ("--remote-mode" in line or "job['source']" in line):
            found.append(process)
    return found


def _listening() -> set[int]:
    """The ports this process and its children listen on."""
    me = psutil.Process()
    found = set()
    for process in (me, *me.children(recursive=True)):
        try:
            found |= {one.laddr.port for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN}
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.fixture
def make_client(root: Path) -> Iterator[Callable[..., FlaskClient]]:
    """Call a viewer: `make_client(token=...)`. Its connections and far viewers end with the test."""
    apps: list[Flask] = []

    def make(**settings: Any) -> FlaskClient:
        app = create_app(root, **{"rates": Rates(enabled=False), **settings})
        apps.append(app)
        return app.test_client()

    yield make
    for app in apps:
        if far := app.extensions.get("runicorn-remote"):
            far.close()
        current.viewer(app).close()


@pytest.fixture
def client(make_client: Callable[..., FlaskClient]) -> FlaskClient:
    """Calls a viewer of an empty root."""
    return make_client()
