"""Logging in on a far machine from the terminal: questions are asked, host keys shown."""

from __future__ import annotations

from getpass import getpass

import click

from runicorn.cli import options
from runicorn.cli.output import visible
from runicorn.errors import InvalidInput, RunicornError
from runicorn.remote.connection import Connection
from runicorn.remote.credentials import Credentials
from runicorn.remote.environments import Environment, find_environment
from runicorn.remote.errors import HostKeyUntrusted, LoginRefused
from runicorn.remote.host_keys import Verdict
from runicorn.remote.pool import Pool


class Asker:
    """Asks the person at the terminal, and for a password or a passphrase only once: a dropped link comes back."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, prompt: str, echo: bool) -> str:
        prompt = visible(prompt)
        if prompt in self._known:
            return self._known[prompt]
        answer: str = click.prompt(prompt, prompt_suffix="", err=True) if echo else getpass(prompt)
        if "password" in prompt.lower() or "passphrase" in prompt.lower():
            self._known[prompt] = answer
        return answer


def parse_login(text: str) -> tuple[str | None, str, int | None]:
    """Return user, host and port of `[user@]host[:port]`. Raises InvalidInput."""
    username, _, address = text.rpartition("@")
    host, colon, port = address.rpartition(":")
    if not colon or (":" in host.strip("[]") and not host.startswith("[")):
        return username or None, address.strip("[]"), None
    if not port.isascii() or not port.isdigit():
        raise InvalidInput(f"{text!r} names no host: write [user@]host[:port].")
    return username or None, host.strip("[]"), int(port)


def connect(pool: Pool, login: str, *, identity: str | None, interactive: bool) -> Connection:
    """Return the connection to `login`, after asking whatever the far machine wants to know."""
    username, host, port = parse_login(login)
    credentials = Credentials(private_key_path=identity, ask=Asker() if interactive else None)
    while True:
        try:
            return pool.connect(host, port=port, username=username, credentials=credentials)
        except HostKeyUntrusted as error:
            _accept(pool, error.verdict, interactive=interactive)
        except LoginRefused as error:
            tried = f" Tried: {', '.join(error.tried)}." if error.tried else ""
            raise LoginRefused(error.reason + tried) from error


def choose_environment(connection: Connection, name: str | None, *, install: bool) -> Environment:
    """Return the environment called `name`, or one with Runicorn; with `install`, one is made when there is none."""
    environment = find_environment(connection, name)
    if environment.runicorn_version is None and install:
        from runicorn.remote import bootstrap

        options.say(f"Installing Runicorn on {connection.target.host} into {bootstrap.FOLDER} ...")
        environment = bootstrap.install(connection, environment)
    return environment


def _accept(pool: Pool, verdict: Verdict, *, interactive: bool) -> None:
    """Trust an unknown key when the person says so. Raises RunicornError for any other."""
    key = verdict.key
    if verdict.reason != "unknown":
        raise RunicornError(_alarm(pool, verdict))
    if not interactive:
        raise RunicornError(f"The host key of {key.name} is not known: {key.key_type} {key.fingerprint}.")
    click.echo(f"The host key of {key.name} is not known yet:\n  {key.key_type} {key.fingerprint}", err=True)
    click.confirm("Is this the key of the machine you mean?", abort=True, err=True)
    pool.host_keys.accept(key)


def _alarm(pool: Pool, verdict: Verdict) -> str:
    key = verdict.key
    if verdict.reason == "revoked":
        return f"The host key of {key.name} was revoked: {key.fingerprint}. Nothing was sent to it."
    expected = verdict.to_json()["expected_fingerprint_sha256"]
    return (
        f"THE HOST KEY OF {key.name} HAS CHANGED. Somebody may be in between; nothing was sent.\n"
        f"  on record: {expected}\n  offered:   {key.fingerprint}\n"
        f"If its owner confirms the new key, remove the old one: ssh-keygen -R '{key.name}', "
        f"and the same with -f {pool.host_keys.own}."
    )
