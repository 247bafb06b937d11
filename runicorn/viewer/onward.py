"""What the remote calls share. SSH itself is imported with the first of them: a viewer that makes none stays small."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from flask import Response, current_app

from runicorn.errors import Forbidden
from runicorn.remote.errors import HostKeyUntrusted, RemoteError
from runicorn.viewer import answers, current
from runicorn.viewer.blueprint import Blueprint

if TYPE_CHECKING:
    from runicorn.viewer.far import Far

KEY = "runicorn-remote"
_making = threading.Lock()


def new_blueprint(name: str, description: str, *, prefix: str = "/api/remote") -> Blueprint:
    """Return a blueprint whose errors are told in words, and which a viewer at the far end of a tunnel refuses."""
    blueprint = Blueprint(name, name, url_prefix=prefix, description=description)
    blueprint.before_request(refuse_onward)
    blueprint.register_error_handler(RemoteError, show_remote_error)
    blueprint.register_error_handler(HostKeyUntrusted, show_host_key)
    return blueprint


def refuse_onward() -> None:
    """Raise Forbidden in a viewer that is itself looked at through a tunnel."""
    if current.settings().remote_mode:
        raise Forbidden("A remote viewer opens no connections of its own.")


def show_remote_error(error: RemoteError) -> Response:
    """What failed on the way to a far machine is for the user to know, unlike other errors of status 500."""
    return answers.respond({"detail": str(error)}, error.status)


def show_host_key(error: HostKeyUntrusted) -> Response:
    """The documented object, with what a user needs to decide."""
    return answers.respond({"detail": error.detail}, error.status)


def far() -> Far:
    """Return the far side of this application, made at the first call; it ends when the viewer does."""
    from runicorn.viewer.far import Far

    with _making:
        if KEY not in current_app.extensions:
            state = current_app.extensions[KEY] = Far()
            end = (current.viewer().stopping, state)
            threading.Thread(target=_close_at_the_end, args=end, name=KEY, daemon=True).start()
    found: Far = current_app.extensions[KEY]
    return found


def _close_at_the_end(stopping: threading.Event, state: Far) -> None:
    stopping.wait()
    state.close()
