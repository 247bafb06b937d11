"""The published runicorn 0.5.3 as a black box: its SDK and its viewer, in an environment of its own.

The environment is kept in pytest's cache folder, so only the first run of the tests waits for it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from runicorn.viewer import current
from runicorn.viewer.app import create_app
from runicorn.viewer.rates import Rates

Ask = Callable[..., tuple[int, Any]]
"""`ask(method, path, body=None)` gives status and JSON."""

PUBLISHED = "0.5.3"
NEEDED = ["python-multipart", "requests"]
START_SECONDS = 60

HEAD = """
import json, os, sys
from pathlib import Path
import runicorn as rn
root = os.environ["ROOT"]
answer = {}
def file(name, text):
    path = Path(os.environ["WORK"]) / name
    path.write_text(text)
    return path
def start(run_id=None, project="theirs", name="base"):
    return rn.init(project=project, name=name, run_id=run_id, storage=root, capture_env=False)
def log(run, name, text, type="model", **options):
    artifact = rn.Artifact(name, type=type)
    artifact.add_file(file("w.txt", text))
    return run.log_artifact(artifact)
"""
TAIL = "\nprint('ANSWER' + json.dumps(answer))\n"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session")
def published_python(request: pytest.FixtureRequest) -> Path:
    """The Python of an environment with the published package."""
    folder = Path(request.config.cache.mkdir(f"published-{PUBLISHED}-{sysconfig.get_python_version()}"))
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    with FileLock(folder / "lock"):
        if not (folder / "done").exists():
            _install(folder, python)
    return python


def _install(folder: Path, python: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder / "venv")], check=True)
    command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", f"runicorn=={PUBLISHED}"]
    done = subprocess.run([*command, *NEEDED], capture_output=True, text=True)
    if done.returncode == 0:
        (folder / "done").touch()
        return
    reason = f"runicorn=={PUBLISHED} could not be installed: {done.stderr[-200:]}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason}, and CI is set", pytrace=False)
    pytest.skip(reason)


def their_environment(work: Path, **more: str) -> dict[str, str]:
    """Their processes know nothing of this package, its home or its settings."""
    work.mkdir(exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RUNICORN", "PYTHON"))}
    return {**kept, "HOME": str(work), "WORK": str(work), "PYTHONWARNINGS": "ignore", **more}


@pytest.fixture
def theirs(published_python: Path, root: Path, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Run a script against their SDK; `answer` of the script comes back. It has `start`, `log` and `file`."""
    environment = their_environment(tmp_path / "work", ROOT=str(root))

    def run(source: str) -> dict[str, Any]:
        done = subprocess.run(
            [str(published_python), "-c", HEAD + source + TAIL],
            env=environment,
            cwd=environment["WORK"],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.rpartition("ANSWER")[2])

    return run


@pytest.fixture(scope="session")
def their_server(published_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Their viewer, over a root of its own until it is given another."""
    environment = their_environment(tmp_path_factory.mktemp("their_viewer"))
    work = Path(environment["WORK"])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [str(published_python), "-m", "runicorn", "viewer", "--storage", str(work / "root"), "--port", str(port)]
    log = work / "viewer.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=work, stdout=output, stderr=subprocess.STDOUT)
    ask = partial(_ask, f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ask("GET", "/api/health")
            break
        except urllib.error.URLError:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
    yield ask
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ask(base: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    request = urllib.request.Request(f"{base}{path}", method=method)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def their_viewer(their_server: Ask, root: Path) -> Ask:
    """Their viewer over `root`: `their_viewer("GET", "/api/runs")` gives status and JSON."""
    assert their_server("POST", "/api/config/user_root_dir", {"path": str(root)})[0] == 200
    return their_server


@pytest.fixture
def our_viewer(root: Path) -> Iterator[Ask]:
    """Our viewer over `root`, asked as theirs is."""
    app = create_app(root, rates=Rates(enabled=False))
    client = app.test_client()

    def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        current.viewer(app).reader().runs.refresh(now=True)
        answer = client.open(path, method=method, **({} if body is None else {"json": body}))
        return answer.status_code, answer.json

    yield ask
    current.viewer(app).close()
