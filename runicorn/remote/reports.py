"""A report made on the far machine, of which one file comes back."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import IO

from runicorn.remote.connection import Connection
from runicorn.remote.environments import Environment, check_path
from runicorn.remote.errors import CommandFailed
from runicorn.remote.files import expand, fetch, find_mode
from runicorn.remote.shell import last_line, quote, run_script

TIMEOUT_S = 600.0

_SCRIPT = """
umask 077
folder=$(mktemp -d) || exit 1
cd / && {command} --out "$folder"/{name} </dev/null || {{ rm -rf "$folder"; exit 1; }}
printf '\\n%s\\n' "$folder"
"""


def fetch_report(
    connection: Connection,
    environment: Environment,
    root: str,
    target: IO[bytes],
    *,
    name: str,
    arguments: Sequence[str] = (),
) -> int:
    """Run `runicorn export` there, copy its one file into `target` and return its size in bytes.

    The format follows the file name `name`. `arguments` go to the command as they are. Raises CommandFailed with
    what the far machine said last.
    """
    with connection.sftp() as sftp:
        place = expand(sftp, check_path(root))
    command = quote([environment.python, "-m", "runicorn", "export", f"--storage={place}", *arguments])
    output = run_script(connection, _SCRIPT.format(command=command, name=quote([name])), timeout=TIMEOUT_S)
    said, _, folder = output.rstrip("\n").rpartition("\n")
    path = posixpath.join(folder, name)
    try:
        if find_mode(connection, path) is None:
            raise CommandFailed(f"{connection.id} wrote no report: {last_line(said)}")
        return fetch(connection, path, target)
    finally:
        run_script(connection, f"rm -rf {quote([folder])}")
