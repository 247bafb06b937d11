"""The published 0.5.3 as the far viewer, in an environment of its own, and this version brought there by bootstrap."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import pytest
from accounts import own
from conftest import demand
from filelock import FileLock

from runicorn import __version__
from runicorn.remote import bootstrap
from runicorn.remote.environments import find_environment
from runicorn.remote.errors import CommandFailed
from runicorn.remote.session import ViewerSession
from runicorn.remote.viewers import Viewers

PUBLISHED = "0.5.3"
NEEDED = ["python-multipart", "requests"]


@pytest.fixture(scope="session")
def published_python(request: pytest.FixtureRequest, account) -> Path:
    """The Python of an environment with the published package, kept between runs of the tests."""
    folder = Path(request.config.cache.mkdir(f"published-{PUBLISHED}-{sysconfig.get_python_version()}"))
    python = folder / "venv" / "bin" / "python"
    with FileLock(folder / "lock"):
        if not (folder / "done").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder / "venv")], check=True)
            command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            done = subprocess.run([*command, f"runicorn=={PUBLISHED}", *NEEDED], capture_output=True, text=True)
            demand(done.returncode == 0, f"runicorn=={PUBLISHED} could not be installed: {done.stderr[-200:]}")
            (folder / "done").touch()
    return python


@pytest.fixture
def viewers():
    viewers = Viewers()
    yield viewers
    viewers.stop_all()


@pytest.mark.interop
@pytest.mark.slow
def test_the_published_version_is_looked_at_and_warned_about(
    viewers, connection, account, password, published_python, published_root, published_ids
):
    place = account.home / ".virtualenvs" / "published"
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(published_python.parents[1])
    try:
        environment = find_environment(connection, "published")
        session = viewers.start(ViewerSession(connection, environment, str(published_root)))

        assert environment.runicorn_version == PUBLISHED
        assert session.url == f"http://localhost:{session.local_port}"
        assert [text.split(":")[0] for text in session.warnings] == [
            f"The far machine has the older Runicorn {PUBLISHED}; here it is {__version__}.",
            "This version asks for no token",
        ]
        with urllib.request.urlopen(f"http://127.0.0.1:{session.local_port}/api/runs", timeout=20) as answer:
            assert published_ids["train"] in {run["id"] for run in json.load(answer)}
    finally:
        viewers.stop_all()
        place.unlink()


@pytest.fixture
def offline_pip(account, password):
    """The far account's pip installs wheels that are there, and nothing they need."""
    path = account.home / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[global]\nno-index = true\n[install]\nno-deps = true\n")
    own(account, path.parents[1], path.parent, path)
    yield
    shutil.rmtree(account.home / ".config")
    shutil.rmtree(account.home / ".local", ignore_errors=True)
    shutil.rmtree(account.home / ".cache", ignore_errors=True)


@pytest.mark.slow
def test_bootstrap_brings_this_version_into_an_environment_of_its_own(
    viewers, connection, account, offline_pip, far_python, root, monkeypatch
):
    base = find_environment(connection, "project")
    with monkeypatch.context() as patch, pytest.raises(CommandFailed, match=r"runicorn-9|wheel"):
        patch.setattr(bootstrap, "pack_wheel", lambda: ("runicorn-9-py3-none-any.whl", b"no wheel"))
        bootstrap.install(connection, base)

    installed = bootstrap.install(connection, base)

    folder = account.home / ".local" / "share" / "runicorn" / f"viewer-{__version__}"
    assert (installed.prefix, installed.kind, installed.runicorn_version) == (str(folder), "venv", __version__)
    assert not list((account.home / ".cache").rglob("*.whl"))
    assert folder.stat().st_mode & 0o077 == 0
    packages = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (packages / "needed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    session = viewers.start(ViewerSession(connection, installed, str(root)))
    assert session.is_active
