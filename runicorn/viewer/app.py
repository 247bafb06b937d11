"""The Flask application over one storage root."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask import Flask

from runicorn.viewer import access, answers, assets, background, current, docs, limits, pages, sockets
from runicorn.viewer.api import BLUEPRINTS


def create_app(root: str | os.PathLike[str], **settings: Any) -> Flask:
    """Return the viewer of the storage root `root`. `settings` are the fields of `current.Settings`.

    Nothing is opened or started: the reader comes with the first question, threads with `background.start`.
    Call it in the process that serves, after any fork.
    """
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    current.init_app(app, Path(os.path.abspath(root)), current.Settings(**settings))
    access.init_app(app)
    limits.init_app(app)
    docs.init_app(app, BLUEPRINTS)
    answers.init_app(app)
    sockets.init_app(app)
    background.init_app(app)
    assets.init_app(app)
    pages.init_app(app)
    return app
