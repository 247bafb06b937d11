"""Bring this very version of Runicorn to a far machine: its wheel over SFTP, into a virtual environment of its own."""

from __future__ import annotations

import io

from paramiko.ssh_exception import SSHException

from runicorn._version import __version__
from runicorn.remote.connection import Connection
from runicorn.remote.environments import Environment, find_environment
from runicorn.remote.errors import CommandFailed
from runicorn.remote.files import expand, remove
from runicorn.remote.shell import quote, run_script
from runicorn.remote.wheel import pack_wheel

INSTALL_TIMEOUT_S = 600.0
FOLDER = f"~/.local/share/runicorn/viewer-{__version__}"
"""The private environment, one for each version; delete the folder to be rid of it."""

_SCRIPT = """
set -e
umask 077
exec </dev/null
[ -x {folder}/bin/python ] || {python} -m venv {folder}
{folder}/bin/python -m pip install --disable-pip-version-check --quiet {wheel}
"""


def install(connection: Connection, base: Environment) -> Environment:
    """Install this version beside the environment `base`, whose Python it uses, and return the new environment.

    What the wheel needs comes from the package index the far machine is set up for. Raises CommandFailed with what
    the installer said last.
    """
    name, data = pack_wheel()
    with connection.sftp() as sftp:
        folder = expand(sftp, FOLDER)
        home = expand(sftp, "~")
        wheel = f"{home}/.cache/runicorn/{name}"
        try:
            for part in (".cache", ".cache/runicorn"):
                _make_folder(sftp, f"{home}/{part}")
            sftp.putfo(io.BytesIO(data), wheel)
        except (OSError, EOFError, SSHException) as error:
            raise CommandFailed(f"The wheel could not be copied to {connection.id}: {error}") from error
    try:
        values = {"folder": folder, "python": base.python, "wheel": wheel}
        run_script(
            connection,
            _SCRIPT.format(**{key: quote([value]) for key, value in values.items()}),
            timeout=INSTALL_TIMEOUT_S,
        )
    finally:
        remove(connection, wheel)
    return find_environment(connection, folder)


def _make_folder(sftp: object, path: str) -> None:
    """Make a private folder unless it is there."""
    try:
        sftp.stat(path)  # type: ignore[attr-defined]
    except FileNotFoundError:
        sftp.mkdir(path, 0o700)  # type: ignore[attr-defined]
