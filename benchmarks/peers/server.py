"""A viewer's process: started, asked, measured and ended."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

START_S = 180.0
ANSWER_S = 600.0
ATTEMPTS = 3
"""Browsers, too, ask again when a connection is dropped before the answer."""
SAMPLE_S = 0.02
FAMILY_S = 0.5
"""How often the processes that belong to a viewer are looked up."""


class Server:
    """A running viewer at `base`, and the most memory it was seen to take."""

    def __init__(self, base: str, process: psutil.Process) -> None:
        self.base = base
        self.started = time.perf_counter()
        self.process = process
        self._peak_mib = 0.0
        self.ready_s = 0.0
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def seconds(self) -> float:
        """Seconds since it was started."""
        return time.perf_counter() - self.started

    def get(self, path: str) -> bytes:
        """Return the whole answer."""
        return self._open(urllib.request.Request(self.base + path))

    def get_json(self, path: str) -> Any:
        """Return an answer parsed."""
        return json.loads(self.get(path))

    def post_json(self, path: str, body: Any) -> Any:
        """Send JSON and return the answer parsed."""
        headers = {"Content-Type": "application/json"}
        return json.loads(self._open(urllib.request.Request(self.base + path, json.dumps(body).encode(), headers)))

    def post_form(self, path: str, **fields: str) -> Any:
        """Send a form as browsers do and return the answer parsed."""
        mark = "----fields"
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{fields[key]}\r\n' for key in fields]
        body = ("".join(parts) + f"--{mark}--\r\n").encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return json.loads(self._open(urllib.request.Request(self.base + path, body, headers)))

    def memory_mib(self) -> float:
        """Resident memory of the viewer and its children now; what they share counts for each."""
        return sum(_resident(one) for one in family(self.process)) / 2**20

    def peak_mib(self) -> float:
        """The most memory since it was ready."""
        return max(self._peak_mib, self.memory_mib())

    def wait(self, path: str) -> None:
        """Wait until `path` answers. Raises TimeoutError."""
        while self.seconds() < START_S:
            with contextlib.suppress(OSError):
                self.get(path)
                self.ready_s = self.seconds()
                self._sampler.start()
                return
            if not self.process.is_running() or self.process.status() == psutil.STATUS_ZOMBIE:
                raise ChildProcessError(f"the viewer at {self.base} ended at once")
            time.sleep(0.02)
        raise TimeoutError(f"the viewer at {self.base} did not answer")

    def end(self) -> None:
        """End the viewer and its children."""
        self._over.set()
        if self._sampler.is_alive():
            self._sampler.join()
        processes = family(self.process)
        for one in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.terminate()
        for one in psutil.wait_procs(processes, timeout=15)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()

    def _open(self, request: urllib.request.Request) -> bytes:
        for _ in range(ATTEMPTS - 1):
            with contextlib.suppress(ConnectionError), urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
                return bytes(answer.read())
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
            return bytes(answer.read())

    def _sample(self) -> None:
        processes, looked = family(self.process), time.monotonic()
        while not self._over.wait(SAMPLE_S):
            if time.monotonic() - looked > FAMILY_S:
                processes, looked = family(self.process), time.monotonic()
            self._peak_mib = max(self._peak_mib, sum(map(_resident, processes)) / 2**20)


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and everything it started; nothing once it is gone."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def serve(command: list[str], port: int, *, folder: Path, environment: dict[str, str], ready: str) -> Iterator[Server]:
    """Run a viewer in `folder` until the block ends; it answers `ready` when the block starts."""
    with (folder / "viewer.log").open("ab") as log:
        popen = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log)
    server = Server(f"http://127.0.0.1:{port}", psutil.Process(popen.pid))
    try:
        server.wait(ready)
        yield server
    finally:
        server.end()
        popen.wait(30)
