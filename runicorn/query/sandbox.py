"""SQL from somewhere else: run in a child process that can read nothing but the views, write nothing, and be killed.

The child (`runicorn.query.worker`) loads the views that the query names, locks DuckDB and itself, and only then looks
at the query. DuckDB alone is no sandbox: an allowed folder can be written to, and neither its memory limit nor an
interrupt stops every query. See docs/sql.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import orjson
import psutil

from runicorn.errors import InvalidInput, QueryError, QueryTimeout, TooLarge, TooManyRequests
from runicorn.query.reader import Reader

MAX_ROWS = 10_000
TIMEOUT_S = 10.0
MEMORY_MB = 512
MAX_ANSWER_BYTES = 32 << 20
_MAX_QUERY_CHARACTERS = 100_000
_LOADING_S = 120.0
_WATCH_S = 0.05
_AT_ONCE = threading.BoundedSemaphore(2)
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "TEMP", "TMP")


@dataclass(frozen=True, slots=True)
class SandboxAnswer:
    """Rows of a query, at most `max_rows`; `truncated` says that there are more. `types` are DuckDB's names.

    Numbers that are not finite are None; dates, decimals and integers beyond 64 bits are text.
    """

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    row_count: int
    truncated: bool
    max_rows: int
    timeout_s: float


def run_sql(
    reader: Reader,
    query: str,
    parameters: Sequence[Any] | Mapping[str, Any] = (),
    *,
    max_rows: int = MAX_ROWS,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
) -> SandboxAnswer:
    """Run one SELECT over the views of docs/sql.md.

    Raises QueryError when it is no SELECT, fails, or needs more than `memory_mb`; QueryTimeout after `timeout_s`;
    TooLarge for an answer of more than 32 MiB; TooManyRequests when two other queries do not end in that time.
    """
    if not isinstance(query, str) or len(query) > _MAX_QUERY_CHARACTERS:
        raise InvalidInput(f"A query is a text of at most {_MAX_QUERY_CHARACTERS} characters.")
    request = _dump(
        root=str(reader.root),
        cache_dir=str(reader.cache_dir),
        query=query,
        parameters=parameters if isinstance(parameters, Mapping) else list(parameters),
        max_rows=max_rows,
        timeout_s=timeout_s,
        memory_mb=memory_mb,
    )
    if not _AT_ONCE.acquire(timeout=timeout_s):
        raise TooManyRequests("Other queries are still running. Try again in a moment.")
    try:
        answer = _Child(timeout_s, memory_mb).ask(request)
    finally:
        _AT_ONCE.release()
    if "error" in answer:
        raise QueryError(answer["error"])
    return SandboxAnswer(**answer, row_count=len(answer["rows"]), max_rows=max_rows, timeout_s=timeout_s)


class _Child:
    """A worker process for one query."""

    def __init__(self, timeout_s: float, memory_mb: int) -> None:
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "runicorn.query.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        self._loaded = threading.Event()
        self._body = b""

    def ask(self, request: bytes) -> dict[str, Any]:
        """Return the worker's answer. The worker is gone afterwards, whatever happens."""
        talk = threading.Thread(target=self._talk, args=(request,), name="runicorn-sandbox", daemon=True)
        talk.start()
        try:
            ended = self._watch(talk)
        finally:
            self._process.kill()
            self._process.wait()
            talk.join()
        if not ended:
            raise QueryTimeout(self._timeout_s)
        if len(self._body) > MAX_ANSWER_BYTES:
            raise TooLarge(f"The answer is over {MAX_ANSWER_BYTES >> 20} MiB. Choose fewer columns or rows.")
        try:
            return dict(orjson.loads(self._body))
        except orjson.JSONDecodeError:
            return {"error": f"The query was stopped: it needs more memory than {self._memory_mb} MB."}

    def _talk(self, request: bytes) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        try:
            with stdin:
                stdin.write(request)
            if stdout.read(1) == b"\n":
                self._loaded.set()
                self._body = _read_all(stdout)
        except OSError:
            pass
        finally:
            stdout.close()

    def _watch(self, talk: threading.Thread) -> bool:
        """Wait for the answer; return whether it came in time. A worker whose memory grows too far is killed."""
        deadline = time.monotonic() + _LOADING_S
        ready, base = False, 0
        while talk.is_alive() and time.monotonic() < deadline:
            if not ready and self._loaded.is_set():
                ready, base = True, self._memory()
                deadline = time.monotonic() + self._timeout_s
            if ready and self._memory() - base > self._memory_mb << 20:
                self._process.kill()
            talk.join(_WATCH_S)
        return not talk.is_alive()

    def _memory(self) -> int:
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0


def _read_all(stream: IO[bytes]) -> bytes:
    """Read to the end, or just beyond the limit of an answer."""
    return stream.read(MAX_ANSWER_BYTES + 1)


def _environment() -> dict[str, str]:
    """No variable of ours reaches the query but what Python needs to start."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONDONTWRITEBYTECODE": "1"}


def _dump(**request: Any) -> bytes:
    try:
        return orjson.dumps(request)
    except TypeError as error:
        raise InvalidInput(f"Parameters must be plain JSON values: {error}.") from error
