"""Run a small script on the far machine, whatever its login shell and its profile do around it."""

from __future__ import annotations

import re
import secrets
import shlex
import time
from collections.abc import Sequence

from paramiko import Channel
from paramiko.ssh_exception import SSHException

from runicorn.remote.connection import Connection, hang_up
from runicorn.remote.errors import CommandFailed

COMMAND = "sh -s"
"""Means the same to sh, bash, zsh, csh, tcsh and fish: everything else goes in through standard input."""

TIMEOUT_S = 30.0
MAX_OUTPUT_BYTES = 4 * 1024 * 1024


def quote(arguments: Sequence[str]) -> str:
    """Return a command line for `sh` in which every argument is one word, whatever it holds."""
    return shlex.join(arguments)


def run_script(connection: Connection, script: str, *, timeout: float = TIMEOUT_S) -> str:
    """Return what the POSIX shell script writes, its errors included, without what a noisy profile wrote around it.

    Raises CommandFailed when it does not finish in `timeout` seconds, ends in an error, or is not run at all.
    """
    begin, end = (f"runicorn-{secrets.token_hex(12)}" for _ in "be")
    text = f"printf '%s\\n' {begin}\n(\n{script}\n) 2>&1\nprintf '\\n%s %s\\n' {end} \"$?\"\n"
    channel = connection.open_session()
    try:
        output = _talk(channel, text, end, time.monotonic() + timeout)
    except TimeoutError as error:
        raise CommandFailed(f"{connection.id} did not answer within {timeout:.0f} s.") from error
    except (SSHException, EOFError, OSError) as error:
        raise CommandFailed(f"{connection.id} ran no script: {error}") from error
    finally:
        hang_up(channel)
    return _between(connection.id, output.decode("utf-8", "replace"), begin, end)


def _talk(channel: Channel, text: str, end: str, deadline: float) -> bytes:
    """Send the script and return everything the far side writes until it closes or `end` was seen."""
    channel.set_combine_stderr(True)
    channel.settimeout(max(0.1, deadline - time.monotonic()))
    channel.exec_command(COMMAND)
    channel.sendall(text.encode("utf-8", "surrogateescape"))
    channel.shutdown_write()
    output = bytearray()
    last = re.compile(rf"\n{end} \d+\n".encode())
    while len(output) < MAX_OUTPUT_BYTES and not last.search(output, max(0, len(output) - 4096)):
        channel.settimeout(max(0.1, deadline - time.monotonic()))
        data = channel.recv(65536)
        if not data:
            break
        output += data
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(output)


def _between(connection_id: str, output: str, begin: str, end: str) -> str:
    """Return the text between the markers. Raises CommandFailed with the last line when there is none, or an error."""
    noise, found, rest = output.partition(f"{begin}\n")
    if not found:
        raise CommandFailed(f"The login shell of {connection_id} ran no script: {last_line(noise)}")
    answer, found, code = rest.rpartition(f"\n{end} ")
    if not found:
        raise CommandFailed(f"{connection_id} broke off: {last_line(rest)}")
    if code.split()[:1] != ["0"]:
        raise CommandFailed(last_line(answer))
    return answer


def last_line(text: str) -> str:
    """Return the last line that says something, for an error message."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:500] if lines else "it said nothing."
