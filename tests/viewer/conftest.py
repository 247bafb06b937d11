"""The viewer under test: the real application over a real storage root, without limits unless a test wants them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from runicorn.viewer import current
from runicorn.viewer.app import create_app
from runicorn.viewer.rates import Rates
from runicorn.viewer.werkzeug_server import QuietHandler

UNLIMITED = Rates(enabled=False)


@pytest.fixture
def make_app(root: Path) -> Iterator[Callable[..., Flask]]:
    """Make applications over `root`, or over another folder: `make_app(token="x")`, `make_app(other_root)`."""
    made: list[Flask] = []

    def make(folder: Path = root, **settings: Any) -> Flask:
        app = create_app(folder, **{"rates": UNLIMITED, **settings})
        made.append(app)
        return app

    make.made = made  # type: ignore[attr-defined]
    yield make
    for app in made:
        current.viewer(app).close()


@pytest.fixture
def stop_viewers(make_app: Callable[..., Flask]) -> Callable[[], None]:
    """Tell every viewer of this test to stop, as a signal does."""
    return lambda: [current.viewer(app).stop() for app in make_app.made]  # type: ignore[attr-defined]


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The viewer of the empty storage root `root`."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Calls the viewer of `root`."""
    return app.test_client()


@pytest.fixture
def listen(make_app: Callable[..., Flask]) -> Iterator[Callable[..., str]]:
    """Serve an application of `make_app` on a free port of this process; returns "host:port"."""
    servers: list[tuple[Flask, Any, threading.Thread]] = []

    def start(*arguments: Any, **settings: Any) -> str:
        app = make_app(*arguments, **settings)
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((app, server, thread))
        return f"127.0.0.1:{server.port}"

    yield start
    for app, server, thread in servers:
        current.viewer(app).stop()
        server.shutdown()
        thread.join()
        server.server_close()
