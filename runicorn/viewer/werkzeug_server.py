"""Werkzeug's threaded server around the viewer, for systems gunicorn does not run on. Never with its debugger."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from runicorn.viewer import current


class QuietHandler(WSGIRequestHandler):
    """Keeps no access log: addresses may carry a token."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


def run(listener: socket.socket, make_app: Callable[..., Any], *, log_level: str) -> None:
    """Serve until Ctrl-C. `make_app(stop=...)` makes the application."""
    logging.getLogger("werkzeug").setLevel(log_level.upper())
    host, port = listener.getsockname()[:2]
    server: Any = None
    app = make_app(stop=lambda: server.shutdown())
    listener.close()
    server = make_server(host, port, app, threaded=True, request_handler=QuietHandler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        current.viewer(app).close()
        server.server_close()
