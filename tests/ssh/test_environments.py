"""Environments found on a far machine of any make, and cases 69-71 in what is sent to its shell."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
from accounts import add_account, own, remove_account
from conftest import demand

from runicorn import __version__
from runicorn.errors import InvalidInput
from runicorn.remote.environments import find_environment, list_environments, read_setup
from runicorn.remote.errors import CommandFailed, EnvironmentNotFound
from runicorn.remote.files import find_mode, list_folder
from runicorn.remote.shell import run_script

ODD_NAMES = [
    "a; touch pwn",
    "$(touch pwn)",
    "`touch pwn`",
    "-oProxyCommand=touch pwn",
    "a\ntouch pwn",
    "~x",
    'it\'s "a"',
]


@pytest.fixture
def home(account, password):
    """The account's home, emptied of what the test put there."""
    before = set(account.home.iterdir())
    yield account.home
    for path in set(account.home.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def test_the_second_environment_is_found_with_its_runicorn(connection, far_python):
    found = {one.name: one for one in list_environments(connection)}
    one = found["project"]
    assert (one.kind, one.python, one.runicorn_version) == ("venv", f"{far_python}3", __version__)
    assert one.python_version == "Python " + sys.version.split()[0]


def test_every_kind_is_told_apart(connection, home, far_python):
    (home / "miniconda3" / "conda-meta").mkdir(parents=True)
    (home / "miniconda3" / "envs" / "train" / "conda-meta").mkdir(parents=True)
    plain = home / "prefix"
    for folder in (home / "miniconda3", home / "miniconda3/envs/train", home / ".pyenv/versions/3.x", plain):
        make_wrapper(folder)
    make_wrapper(home / ".local/share/uv/python/cpython-x")
    for name, text in (("uvenv", "uv = 0.5\n"), ("old", "virtualenv = 20.0\n"), ("new", "")):
        make_wrapper(home / ".virtualenvs" / name)
        (home / ".virtualenvs" / name / "pyvenv.cfg").write_text(f"home = /usr\n{text}")

    found = {(one.kind, one.name) for one in list_environments(connection)}

    assert found >= {
        ("conda", "base"),
        ("conda", "train"),
        ("pyenv", "3.x"),
        ("uv", "cpython-x"),
        ("uv", "uvenv"),
        ("virtualenv", "old"),
        ("venv", "new"),
        ("venv", "project"),
    }


def make_wrapper(folder: Path) -> None:
    """An environment with a prefix of its own, without making a whole one: a Python that says so."""
    path = folder / "bin" / "python"
    path.parent.mkdir(parents=True, exist_ok=True)
    program = f"import sys; sys.prefix = '{folder}'; exec(sys.argv.pop(1))"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{program}" "$2" "$3" "$4" "$5"\n')
    path.chmod(0o755)


def test_the_default_is_one_with_runicorn(connection, far_python):
    environments = list_environments(connection)
    assert [one.is_default for one in environments] == [True] + [False] * (len(environments) - 1)
    assert environments[0].runicorn_version
    assert find_environment(connection, None) == environments[0]


def test_an_unknown_environment_is_named(connection, far_python):
    said = r"^Environment 'nope' not found\. Please check the environment name\.$"
    with pytest.raises(EnvironmentNotFound, match=said):
        find_environment(connection, "nope")


def test_the_storage_root_is_suggested(connection, account, far_python, home):
    environment = find_environment(connection, "project")
    setup = read_setup(connection, environment)
    assert (setup.default_root, setup.default_root_exists) == (str(account.home / "runicorn_data"), False)
    assert 0 < setup.free_port < 65536

    (home / ".config" / "runicorn").mkdir(parents=True, exist_ok=True)
    (home / ".config" / "runicorn" / "config.json").write_text('{"user_root_dir": "~/runs"}')
    (home / "runicorn_data" / "vision" / "base" / "runs").mkdir(parents=True, exist_ok=True)
    (home / ".runicorn" / "logs").mkdir(parents=True, exist_ok=True)  # the published viewer's log, no storage root
    setup = read_setup(connection, environment)
    assert setup.default_root == str(home / "runs")
    assert setup.roots == (str(home / "runs"), str(home / "runicorn_data"))


@pytest.fixture(params=["/bin/sh", "/bin/bash", "/usr/bin/fish", "/usr/bin/tcsh"])
def noisy_login(request, tmp_path_factory, make_server, pool, trust, key_login):
    """A login whose shell is `param` and whose profiles talk before, after and on both streams."""
    demand(os.geteuid() == 0, "users are only made as root")
    demand(Path(request.param).exists(), f"{request.param} is not installed")
    folder = tmp_path_factory.mktemp("noisy")
    folder.chmod(0o755)
    account = add_account(folder / "home", shell=request.param)
    for name in (".profile", ".bashrc", ".bash_profile", ".cshrc", ".tcshrc", ".login", ".config/fish/config.fish"):
        path = account.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("echo 'Welcome {\"kind\": 1}'\necho Quota exceeded\nprintf unfinished\n")
        own(account, path.parent, path)
    server = make_server(Banner=str(folder / "banner"))
    (folder / "banner").write_text("Authorised use only\n" * 50)
    trust(server)
    yield pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login)
    pool.close()
    remove_account(account)


def test_any_login_shell_and_a_noisy_profile_are_borne(noisy_login):
    assert run_script(noisy_login, "echo \"it's\" '$HOME' \\\\ !x") == "it's $HOME \\ !x\n"
    assert list_environments(noisy_login)[0].python_version.startswith("Python ")


def test_a_login_that_runs_nothing_is_named(tmp_path_factory, make_server, pool, trust, key_login):
    demand(os.geteuid() == 0, "users are only made as root")
    folder = tmp_path_factory.mktemp("nologin")
    folder.chmod(0o755)
    account = add_account(folder / "home", shell="/usr/sbin/nologin")
    server = make_server()
    trust(server)
    try:
        connection = pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login)
        with pytest.raises(CommandFailed, match="ran no script: This account is currently not available"):
            list_environments(connection)
    finally:
        pool.close()
        remove_account(account)


def test_a_machine_without_python_says_so(make_server, pool, account, trust, key_login):
    server = make_server(ForceCommand="env HOME=/nowhere PATH=/nowhere /bin/sh -s")
    trust(server)
    connection = pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login)
    with pytest.raises(CommandFailed, match="has no Python that could be found"):
        find_environment(connection, None)


def test_a_script_that_hangs_is_given_up(connection):
    with pytest.raises(CommandFailed, match="did not answer within 1 s"):
        run_script(connection, "sleep 30", timeout=1)
    assert run_script(connection, "echo still there") == "still there\n"


def test_a_failing_script_says_its_last_word(connection):
    with pytest.raises(CommandFailed, match=r"^no such thing$"):
        run_script(connection, "echo no such thing >&2; exit 3")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_path_is_never_run(connection, home, name):
    folder = home / "odd" / name
    folder.mkdir(parents=True)
    (folder / "x").write_text("1")

    for path in (f"~/odd/{name}", str(folder)):
        assert stat.S_ISDIR(find_mode(connection, path))
        assert [entry.name for entry in list_folder(connection, path).entries] == ["x"]
    assert find_mode(connection, f"~/odd/{name}/none") is None
    assert not list(home.rglob("pwn"))


def test_folders_come_first_and_links_are_followed(connection, home):
    for name in ("b", "A"):
        (home / "list" / name).mkdir(parents=True)
    (home / "list" / "a.txt").write_text("12")
    (home / "list" / "to_b").symlink_to(home / "list" / "b")
    (home / "list" / "dangling").symlink_to("nowhere")

    listing = list_folder(connection, "~/list")

    assert listing.path == str(home / "list")
    assert [(entry.name, entry.is_dir) for entry in listing.entries] == [
        ("A", True),
        ("b", True),
        ("to_b", True),
        ("a.txt", False),
        ("dangling", False),
    ]
    assert {entry.name: entry.size for entry in listing.entries}["a.txt"] == 2
    assert listing.entries[0].size == 0


def test_a_folder_that_is_not_there_is_said(connection):
    with pytest.raises(CommandFailed, match=r"^Failed to list directory: \[Errno 2\] No such file$"):
        list_folder(connection, "/nope")


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000])
def test_a_path_no_machine_has_is_refused(connection, path):
    with pytest.raises(InvalidInput, match=r"^Invalid path"):
        list_folder(connection, path)


def test_a_server_without_sftp_is_named(make_server, pool, account, trust, key_login):
    server = make_server(Subsystem="other /bin/false")
    trust(server)
    connection = pool.connect("127.0.0.1", port=server.port, username=account.name, credentials=key_login)
    with pytest.raises(CommandFailed, match="offers no file transfer"):
        list_folder(connection)
