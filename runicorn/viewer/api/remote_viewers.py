"""Far viewers: /api/remote/viewer/start, /stop, /sessions, /status/<id>"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.viewer import answers
from runicorn.viewer.far_items import session_item
from runicorn.viewer.onward import far, new_blueprint
from runicorn.viewer.schemas.remote import RemoteDone, SessionItem, Sessions, StartBody, Started, StopBody

blp = new_blueprint("remote-viewers", "Viewers that run on far machines.", prefix="/api/remote/viewer")


@blp.post("/start")
@blp.arguments(StartBody)
@blp.response(200, Started)
def start_session(body: dict[str, Any]) -> Response:
    """Start a viewer on the far machine and answer once it can be opened here."""
    session = far().start_viewer(body)
    item = session_item(session)
    message = f"Remote Viewer ready at {session.address}"
    return answers.respond({**item, "ok": True, "session": item, "message": message})


@blp.post("/stop")
@blp.arguments(StopBody)
@blp.response(200, RemoteDone)
def stop_session(body: dict[str, Any]) -> Response:
    """End a far viewer and its tunnel."""
    far().viewers.stop(body["session_id"])
    return answers.respond({"ok": True, "message": f"Session {body['session_id']} stopped"})


@blp.get("/sessions")
@blp.response(200, Sessions)
def list_sessions() -> Response:
    """List the far viewers that have not ended."""
    return answers.respond({"sessions": [session_item(one) for one in far().viewers.sessions()]})


@blp.get("/status/<session_id>")
@blp.response(200, SessionItem)
def show_session(session_id: str) -> Response:
    """Show one far viewer."""
    return answers.respond(session_item(far().viewers.get(session_id)))
