"""What can go wrong on the way to a far machine. Texts name the step that failed and never hold a secret.

RemoteError
  ConnectFailed           the network, the SSH handshake, or a jump host
    LoginRefused            no credential offered was taken
  HostKeyUntrusted        the server's key is unknown, changed or revoked; nothing was sent to it
  CommandFailed           the far machine answered, but not as it should
  ViewerStartFailed       the far viewer or its tunnel did not come up
ConnectionNotFound        no open connection has this id
EnvironmentNotFound
SessionNotFound
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runicorn.errors import Conflict, NotFound, RunicornError

if TYPE_CHECKING:
    from runicorn.remote.host_keys import Verdict


class RemoteError(RunicornError):
    """Something on the way to, or on, the far machine failed."""

    code = "remote_error"
    exit_code = 5


class ConnectFailed(RemoteError):
    """No connection. `step` is "address", "connect", "handshake", "authentication" or "jump"."""

    code = "connect_failed"

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"Connection failed: {reason}")
        self.step = step
        self.reason = reason


class LoginRefused(ConnectFailed):
    """The server took none of the credentials. `tried` says which, in words and in order, without the secrets."""

    code = "login_refused"

    def __init__(self, reason: str = "Authentication failed.", tried: tuple[str, ...] = ()) -> None:
        super().__init__("authentication", reason)
        self.tried = tried


class PassphraseNeeded(LoginRefused):
    """A private key is encrypted and no passphrase was given."""


class HostKeyUntrusted(Conflict):
    """The server's key is not one we trust. No credential was sent."""

    code = "HOST_KEY_CONFIRMATION_REQUIRED"

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("Host key verification failed")
        self.verdict = verdict

    @property
    def detail(self) -> dict[str, Any]:
        """What the viewer answers beside the status: the documented object, not a sentence."""
        return {"code": self.code, "message": str(self), "host_key": self.verdict.to_json()}


class CommandFailed(RemoteError):
    """The far machine did not run what it was asked to."""

    code = "remote_command_failed"


class ViewerStartFailed(RemoteError):
    """The far viewer, or the tunnel to it, did not come up."""

    code = "remote_viewer_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Failed to start Remote Viewer: {reason}")
        self.reason = reason


class ConnectionNotFound(NotFound):
    """There is no open connection with this id."""

    code = "connection_not_found"

    def __init__(self, connection_id: str, reason: str = "") -> None:
        super().__init__(f"Connection not found or inactive: {connection_id}" + (f" ({reason})" if reason else ""))


class EnvironmentNotFound(NotFound):
    """The far machine has no Python environment of this name."""

    code = "environment_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"Environment '{name}' not found. Please check the environment name.")


class SessionNotFound(NotFound):
    """No viewer session has this id."""

    code = "session_not_found"

    def __init__(self, session_id: str) -> None:
        super().__init__(f"Session not found: {session_id}")
