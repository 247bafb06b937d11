"""The storage root, its reader and the settings of this application: where routes get them from."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app

from runicorn.viewer.analytics import RootSize
from runicorn.viewer.machine import Sampler
from runicorn.viewer.rates import Rates

if TYPE_CHECKING:
    from flask import Flask

    from runicorn.query import Reader

Source = TypeVar("Source")
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """What `create_app` takes beside the storage root.

    host              address the viewer listens on; decides which Host headers name this server
    allowed_hosts     further host names, exact, without port
    allowed_origins   origins (`https://host:port`) whose pages may write and open sockets
    cors              origins that may read what `access.SHARED` lists; `("*",)` is any, `()` none
    token             demanded with every request when set
    remote_mode       this viewer stands at the far end of a tunnel: no onward connections, the root stays as started
    trusted_proxies   how many proxies in front append to X-Forwarded-For; 0 ignores that header
    max_body_bytes    largest JSON body
    rates             rate limits; None reads rate_limits.json of the user's configuration folder
    """

    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    cors: tuple[str, ...] = ("*",)
    token: str | None = None
    remote_mode: bool = False
    trusted_proxies: int = 0
    max_body_bytes: int = 2 * MEBIBYTE
    rates: Rates | None = None


class Remembered:
    """The last answer made from some object, for as long as it is that very object that is asked about."""

    def __init__(self) -> None:
        self._last: tuple[object, bytes] = (None, b"")

    def answer(self, source: Source, make: Callable[[Source], bytes]) -> bytes:
        """Return what `make` made of `source`, which must not change."""
        made_from, body = self._last
        if made_from is not source:
            body = make(source)
            self._last = (source, body)
        return body


class Viewer:
    """State of one application. `stopping` is set once, when the server is to end, `looked_at` whenever somebody opens
    the table of runs.

    `error_page` makes the page of an error outside /api from its status and sentence.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self.stopping = threading.Event()
        self.looked_at = threading.Event()
        self.sampler = Sampler(self.stopping)
        self.root_size = RootSize()
        self.run_list = Remembered()
        self.error_page: Callable[[int, str], Any] | None = None
        self._reader: Reader | None = None
        self._retired: Reader | None = None
        self._lock = threading.Lock()

    def reader(self) -> Reader:
        """Return the reader of the root, opened at the first call, so that it belongs to the serving process."""
        from runicorn.query import Reader

        with self._lock:
            if self._reader is None:
                self._reader = Reader(self.root)
            return self._reader

    def change_root(self, root: Path) -> None:
        """Answer from `root` from now on. Requests under way finish on the old reader: it is closed a change later."""
        with self._lock:
            retired, self._retired = self._retired, self._reader
            self.root, self._reader = root, None
        if retired is not None:
            retired.close()

    def stop(self) -> None:
        """End what waits for the end: threads and sockets."""
        self.stopping.set()

    def close(self) -> None:
        """Stop, and release the readers. May be called again."""
        self.stop()
        with self._lock:
            readers, self._reader, self._retired = (self._reader, self._retired), None, None
        for reader in readers:
            if reader is not None:
                reader.close()


def init_app(app: Flask, root: Path, settings: Settings) -> None:
    """Put the state of the viewer into `app`."""
    app.extensions["runicorn"] = Viewer(root, settings)


def viewer(app: Flask | None = None) -> Viewer:
    """Return the state of `app`, by default of the application that answers this request."""
    state: Viewer = (app or current_app).extensions["runicorn"]
    return state


def reader() -> Reader:
    """Return the reader of the current storage root."""
    return viewer().reader()


def root() -> Path:
    """Return the current storage root."""
    return viewer().root


def settings() -> Settings:
    """Return the settings of this application."""
    return viewer().settings
