"""The viewer under test: the real application over a real storage root, without limits unless a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from runicorn.viewer import current
from runicorn.viewer.app import create_app
from runicorn.viewer.rates import Rates

UNLIMITED = Rates(enabled=False)


@pytest.fixture
def make_app(root: Path) -> Iterator[Callable[..., Flask]]:
    """Make applications over `root`, or over another folder: `make_app(token="x")`, `make_app(other_root)`."""
    made: list[Flask] = []

    def make(folder: Path = root, **settings: Any) -> Flask:
        app = create_app(folder, **{"rates": UNLIMITED, **settings})
        made.append(app)
        return app

    yield make
    for app in made:
        current.viewer(app).close()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The viewer of the empty storage root `root`."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Calls the viewer of `root`."""
    return app.test_client()


@pytest.fixture
def published(make_app: Callable[..., Flask], published_root: Path) -> FlaskClient:
    """Calls the viewer of the published package's storage root."""
    return make_app(published_root).test_client()
