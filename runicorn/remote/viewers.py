"""The far viewers of this process, by id."""

from __future__ import annotations

import threading
from collections import deque

from runicorn.remote.connection import Connection
from runicorn.remote.errors import SessionNotFound
from runicorn.remote.session import ViewerSession

MAX_FAILED = 10


class Viewers:
    """The sessions of this process, by id. `failed` are the last ones that ended without having been told to."""

    def __init__(self) -> None:
        self.failed: deque[ViewerSession] = deque(maxlen=MAX_FAILED)
        self._sessions: dict[str, ViewerSession] = {}
        self._lock = threading.Lock()

    def start(self, session: ViewerSession) -> ViewerSession:
        """Start a session and keep it. Raises ViewerStartFailed."""
        with self._lock:
            self._sessions[session.id] = session
        session.start()
        return session

    def get(self, session_id: str) -> ViewerSession:
        """Return a session that has not ended. Raises SessionNotFound."""
        for session in self.sessions():
            if session.id == session_id:
                return session
        raise SessionNotFound(session_id)

    def sessions(self) -> list[ViewerSession]:
        """Return the sessions in the order they were made; those that ended are dropped first."""
        with self._lock:
            ended = [one for one in self._sessions.values() if one.status == "stopped"]
            for session in ended:
                del self._sessions[session.id]
            self.failed.extend(session for session in ended if session.error)
            return list(self._sessions.values())

    def stop(self, session_id: str) -> None:
        """End a session. Raises SessionNotFound."""
        self.get(session_id).stop()

    def stop_all(self, connection: Connection | None = None) -> None:
        """End every session, or those of one connection."""
        for session in self.sessions():
            if connection is None or session.connection is connection:
                session.stop()
