"""Host keys we trust: /api/remote/known-hosts/accept, /list, /remove"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.remote.host_keys import HostKeys, parse_host_key
from runicorn.viewer import answers
from runicorn.viewer.onward import new_blueprint
from runicorn.viewer.schemas.remote import AcceptBody, HostKeyList, RemoteDone, RemoveBody

blp = new_blueprint("remote-known-hosts", "Host keys of far machines.", prefix="/api/remote/known-hosts")


@blp.post("/accept")
@blp.arguments(AcceptBody)
@blp.response(200, RemoteDone)
def accept_key(body: dict[str, Any]) -> Response:
    """Trust a host key from now on, in place of the stored one of the same host, port and type."""
    HostKeys.of_this_user().accept(parse_host_key(**body))
    return answers.respond({"ok": True})


@blp.get("/list")
@blp.response(200, HostKeyList)
def list_keys() -> Response:
    """List the host keys of our own file."""
    return answers.respond({"entries": HostKeys.of_this_user().entries()})


@blp.post("/remove")
@blp.arguments(RemoveBody)
@blp.response(200, RemoteDone)
def remove_key(body: dict[str, Any]) -> Response:
    """Forget a host key of our own file."""
    return answers.respond({"ok": True, "changed": HostKeys.of_this_user().remove(**body)})
