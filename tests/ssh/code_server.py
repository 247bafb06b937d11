"""A server that asks for a password and a one-time code: PAM with a second factor, spoken by paramiko's server half."""

from __future__ import annotations

import socket
import threading

import paramiko


class CodeServer(paramiko.ServerInterface):
    """Lets `user` in who answers "secret" and "123456" to the two questions. Runs for one connection."""

    def __init__(self) -> None:
        self.key = paramiko.ECDSAKey.generate()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.finished = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def close(self) -> None:
        self.listener.close()
        self.finished.set()
        self.thread.join(timeout=10)

    def _serve(self) -> None:
        sock, _ = self.listener.accept()
        transport = paramiko.Transport(sock)
        transport.add_server_key(self.key)
        transport.start_server(server=self)
        self.finished.wait(timeout=30)
        transport.close()

    def get_allowed_auths(self, username: str) -> str:
        return "keyboard-interactive"

    def check_auth_interactive(self, username: str, submethods: str) -> paramiko.InteractiveQuery:
        return paramiko.InteractiveQuery("", "", ("Password: ", False), ("Verification code: ", True))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return paramiko.AUTH_SUCCESSFUL if responses == ["secret", "123456"] else paramiko.AUTH_FAILED
