"""Running commands: in this process through click's runner, or as a user would."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runicorn.cli import cli


@pytest.fixture(autouse=True)
def own_verbosity() -> Iterator[None]:
    """`--quiet` and `--verbose` last as long as the process; give the other tests their log back."""
    log = logging.getLogger("runicorn")
    level = log.level
    yield
    log.setLevel(level)


@pytest.fixture
def run_cli() -> Callable[..., Result]:
    """`run_cli("runs", "--json", input="y\\n")`; the result has `exit_code`, `stdout` and `stderr`."""

    def run(*arguments: Any, **settings: Any) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], **settings)

    return run


@pytest.fixture
def run_process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The same in a process of its own."""

    def run(*arguments: Any, **settings: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "runicorn", *(str(argument) for argument in arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, **settings)

    return run


@pytest.fixture
def run_terminal() -> Callable[..., str]:
    """The same in a process of its own whose output is a terminal; returns what the terminal gets."""
    pty = pytest.importorskip("pty")

    def run(*arguments: Any) -> str:
        controller, terminal = pty.openpty()
        command = [sys.executable, "-P", "-m", "runicorn", *(str(argument) for argument in arguments)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, close_fds=True)
        os.close(terminal)
        shown = b"".join(iter(lambda: _read(controller), b""))
        os.close(controller)
        process.wait(timeout=60)
        return shown.decode("utf-8")

    return run


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the last writer is gone
        return b""
