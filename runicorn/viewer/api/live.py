"""WS /api/live: one socket for a page, which follows runs, a log and the list, and asks for curves."""

from __future__ import annotations

from runicorn.viewer import current, sockets
from runicorn.viewer.live import Session
from runicorn.viewer.sockets import Connection

SOCKETS_PER_CLIENT = 32
"""A page that is left gives its socket back only a moment later, and a person may have many tabs."""

blp = sockets.blueprint("live", most=SOCKETS_PER_CLIENT)


@sockets.route("/api/live", blp)
def follow_live(connection: Connection) -> None:
    """Answer the frames of docs/http-api.md, "Live socket", until the client leaves."""
    Session(connection, current.reader()).run()
