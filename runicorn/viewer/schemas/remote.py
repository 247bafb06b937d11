"""Bodies, queries and answers of the remote calls."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from runicorn.viewer.schemas.base import Schema, optional_number, optional_text, text

PORT = validate.Range(1, 65535)
HOST = {"pattern": "^[A-Za-z0-9][A-Za-z0-9.-]{0,200}$", "example": "gpu.example.org"}
CONNECTION = {"pattern": "^[a-z][a-z0-9]*@[A-Za-z0-9.-]+:[1-9][0-9]{0,3}$", "example": "me@gpu.example.org:22"}
PATH = {"pattern": "^[~/][A-Za-z0-9/._ -]*$", "example": "~/runs"}
"""What usual values look like; others may be taken too, and are refused in words when not."""


def port_number(**options: object) -> fields.Integer:
    return fields.Integer(validate=PORT, **options)  # type: ignore[arg-type]


class Secrets(Schema):
    """What to prove oneself with. Nothing of it is stored or logged."""

    password = fields.String(allow_none=True)
    private_key = fields.String(allow_none=True, metadata={"description": "The text of a private key."})
    private_key_path = fields.String(allow_none=True, metadata={"description": "A key file of this machine."})
    passphrase = fields.String(allow_none=True)
    use_agent = fields.Boolean(load_default=True, metadata={"description": "Ask ssh-agent, and try the usual files."})
    answers = fields.List(fields.String(), metadata={"description": "For what the server asks, such as a code."})
    saved = fields.String(allow_none=True, metadata={"description": "Key or id of a saved connection."})


class ConnectBody(Secrets):
    """A login. `host` may be an alias of ~/.ssh/config; port 22 then means the port given there."""

    host = fields.String(required=True, metadata=HOST)
    port = port_number(load_default=22)
    username = fields.String(required=True, validate=validate.Length(min=1))


class DisconnectBody(Schema):
    """A login."""

    host = fields.String(required=True)
    port = port_number(load_default=22)
    username = fields.String(required=True)


class StartBody(Secrets):
    """A login or an open connection, the far storage root, and where to run."""

    connection_id = fields.String(allow_none=True)
    host = fields.String(allow_none=True)
    port = port_number(load_default=22)
    username = fields.String(allow_none=True)
    remote_root = fields.String(required=True)
    local_port = port_number(allow_none=True)
    remote_port = port_number(allow_none=True)
    conda_env = fields.String(allow_none=True, metadata={"description": "Name of an environment; null chooses."})


class StopBody(Schema):
    """A session."""

    session_id = fields.String(required=True)


class BootstrapBody(Schema):
    """An open connection and the environment whose Python the private one is made from."""

    connection_id = fields.String(required=True, metadata=CONNECTION)
    conda_env = fields.String(allow_none=True)


class ConnectionQuery(Schema):
    """An open connection."""

    connection_id = fields.String(required=True, metadata=CONNECTION)


class SetupQuery(ConnectionQuery):
    """An environment of an open connection."""

    conda_env = fields.String(load_default="system")


class FolderQuery(ConnectionQuery):
    """A far folder; `~` is the home."""

    path = fields.String(load_default="~", metadata=PATH)


class PathQuery(ConnectionQuery):
    """A far path; `~` is the home."""

    path = fields.String(required=True, metadata=PATH)


class AcceptBody(Schema):
    """A host key as the 409 answer showed it."""

    host = fields.String(required=True, metadata=HOST)
    port = port_number(required=True)
    key_type = fields.String(required=True)
    public_key = fields.String(required=True, validate=validate.Length(1, 8192))
    fingerprint_sha256 = fields.String(required=True)


class RemoveBody(Schema):
    """A stored host key."""

    host = fields.String(required=True)
    port = port_number(required=True)
    key_type = fields.String(required=True)


class SavedEntry(ma.Schema):
    """A connection as a web interface keeps it; fields it invents are kept."""

    class Meta:
        unknown = ma.INCLUDE


class SavedHostBody(Schema):
    """A connection to save. Secrets go into the system's keyring, and nowhere without one."""

    host = fields.String()
    port = port_number(load_default=22)
    username = fields.String()
    name = fields.String(allow_none=True)
    auth_method = fields.String(load_default="password", validate=validate.OneOf(["password", "key", "agent"]))
    remember_password = fields.Boolean(load_default=False)
    password = fields.String(allow_none=True)
    private_key = fields.String(allow_none=True)
    private_key_path = fields.String(allow_none=True)
    passphrase = fields.String(allow_none=True)


class Connected(Schema):
    """An open connection."""

    ok = fields.Boolean(required=True)
    connection_id = text("`user@host:port`.", required=True)
    host = fields.String(required=True)
    port = fields.Integer(required=True)
    username = fields.String(required=True)
    connected = fields.Boolean(required=True)


class ConnectionItem(Schema):
    """A connection of a list."""

    key = text("`user@host:port`.", required=True)
    host = fields.String(required=True)
    port = fields.Integer(required=True)
    username = fields.String(required=True)
    connected = fields.Boolean(required=True)


class Connections(Schema):
    """Open connections."""

    sessions = fields.List(fields.Nested(ConnectionItem), required=True)


class SessionItem(Schema):
    """A far viewer, in the recorded names and in those of the client."""

    sessionId = text("Eight hexadecimal digits.", required=True)  # noqa: N815
    host = text("The far side of the tunnel.", required=True)
    sshPort = fields.Integer(required=True)  # noqa: N815
    username = fields.String(required=True)
    localPort = fields.Integer(required=True)  # noqa: N815
    remotePort = fields.Integer(allow_none=True)  # noqa: N815
    remoteRoot = fields.String(required=True)  # noqa: N815
    remotePid = fields.Integer(allow_none=True)  # noqa: N815
    status = text("`running`, `connecting` or `stopped`.", required=True)
    startedAt = fields.Integer(metadata={"description": "Unix milliseconds."})  # noqa: N815
    uptimeSeconds = fields.Float()  # noqa: N815
    isActive = fields.Boolean()  # noqa: N815
    url = text("What to open; it carries the far viewer's token.", required=True)
    session_id = fields.String()
    connection_id = fields.String()
    remote_host = fields.String()
    local_port = fields.Integer()
    remote_port = fields.Integer(allow_none=True)
    remote_root = fields.String()
    created_at = fields.Float()
    environment = fields.String()
    runicorn_version = optional_text("Version on the far machine.")
    step = text("What is going on, in words.")
    latency_ms = optional_number("Last round trip to the far machine.")
    protected = fields.Boolean(metadata={"description": "Whether the far viewer asks for its token."})
    warnings = fields.List(fields.String())
    error = optional_text("Why the session ended.")


class Sessions(Schema):
    """Far viewers."""

    sessions = fields.List(fields.Nested(SessionItem), required=True)


class Status(Schema):
    """Everything that is open, and what ended by itself."""

    connections = fields.List(fields.Nested(ConnectionItem), required=True)
    viewer_sessions = fields.List(fields.Nested(SessionItem), required=True)
    connection_count = fields.Integer(required=True)
    viewer_session_count = fields.Integer(required=True)
    failed_sessions = fields.List(fields.Nested(SessionItem))


class Started(SessionItem):
    """A far viewer that answers."""

    ok = fields.Boolean(required=True)
    session = fields.Nested(SessionItem, required=True)
    message = fields.String(required=True)


class EnvironmentItem(Schema):
    """A Python environment of the far machine."""

    name = fields.String(required=True)
    type = text("system, conda, venv, virtualenv, pyenv or uv.", required=True)
    python_version = text("`Python 3.11.7`.", required=True)
    path = text("Its interpreter.", required=True)
    is_default = fields.Boolean(required=True)
    runicorn_version = optional_text("null when Runicorn is not installed there.")
    install_command = text("What installs Runicorn there.")


class Environments(Schema):
    """Python environments of the far machine."""

    ok = fields.Boolean(required=True)
    envs = fields.List(fields.Nested(EnvironmentItem), required=True)


class Bootstrapped(Schema):
    """The private environment."""

    ok = fields.Boolean(required=True)
    environment = fields.Nested(EnvironmentItem, required=True)
    message = fields.String(required=True)


class Setup(Schema):
    """What an environment of the far machine would do."""

    ok = fields.Boolean(required=True)
    condaEnv = fields.String(required=True)  # noqa: N815
    pythonVersion = fields.String(required=True)  # noqa: N815
    runicornVersion = optional_text("null when Runicorn is not installed there.")  # noqa: N815
    defaultStorageRoot = fields.String(required=True)  # noqa: N815
    storageRootExists = fields.Boolean(required=True)  # noqa: N815
    suggestedRemotePort = fields.Integer(required=True)  # noqa: N815
    connectionId = fields.String(required=True)  # noqa: N815
    storageRoots = fields.List(fields.String())  # noqa: N815
    installCommand = fields.String()  # noqa: N815
    warnings = fields.List(fields.String())


class FolderEntry(Schema):
    """A name in a folder."""

    name = fields.String(required=True)
    is_dir = fields.Boolean(required=True)
    size = fields.Integer(metadata={"description": "Bytes, 0 for folders."})
    mtime = fields.Integer(metadata={"description": "Unix seconds."})


class Folder(Schema):
    """A far folder: folders first, then by name. `entries` is `items` under the client's name."""

    path = fields.String(required=True)
    items = fields.List(fields.Nested(FolderEntry), required=True)
    entries = fields.List(fields.Nested(FolderEntry))
    truncated = fields.Boolean()


class Existence(Schema):
    """Whether a far path is there."""

    path = fields.String(required=True)
    exists = fields.Boolean(required=True)
    is_dir = fields.Boolean(required=True)


class HostKeyItem(Schema):
    """A host key we trust."""

    host = fields.String(required=True)
    port = fields.Integer(required=True)
    known_hosts_host = fields.String(required=True)
    key_type = fields.String(required=True)
    key_base64 = fields.String(required=True)
    fingerprint_sha256 = fields.String(required=True)


class HostKeyList(Schema):
    """Our own known_hosts file."""

    entries = fields.List(fields.Nested(HostKeyItem), required=True)


class ConfiguredHosts(Schema):
    """Aliases of ~/.ssh/config."""

    hosts = fields.List(fields.Dict(), required=True)


class RemoteDone(Schema):
    """It was done, or there was nothing to do."""

    ok = fields.Boolean(required=True)
    message = fields.String()
    changed = fields.Boolean()
    key = fields.String()
    secrets_saved = fields.Boolean(metadata={"description": "False: no keyring, the secrets were not kept."})


class SavedConnections(Schema):
    """Saved connections, without their secrets."""

    ok = fields.Boolean()
    connections = fields.List(fields.Dict(), required=True)
    keyring_available = fields.Boolean()


class SavedConnection(Schema):
    """One saved connection with its secrets, for its owner."""

    ok = fields.Boolean(required=True)
    connection = fields.Dict(required=True)
