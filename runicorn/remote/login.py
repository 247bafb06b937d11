"""Prove to a server whose host key was checked who we are, with whatever the user gave us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paramiko import Agent, PKey, Transport
from paramiko.ssh_exception import AuthenticationException, BadAuthenticationType, SSHException

from runicorn.remote.credentials import DEFAULT_KEY_FILES, Credentials, parse_key, read_key_file
from runicorn.remote.errors import ConnectFailed, LoginRefused, PassphraseNeeded
from runicorn.remote.ssh_config import Target

AUTH_TIMEOUT_S = 15.0
PERSON_TIMEOUT_S = 120.0
"""How long the server may take to answer one attempt, and a person who is asked something in between."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One attempt: `send` returns the methods wanted next, none when the server is content."""

    method: str
    label: str
    send: Callable[[], list[str]]


def log_in(transport: Transport, target: Target, credentials: Credentials) -> None:
    """Authenticate, in as many steps as the server wants. Raises LoginRefused or ConnectFailed.

    What was given for this host is tried first, so that an agent full of keys cannot use up the server's patience.
    """
    transport.auth_timeout = PERSON_TIMEOUT_S if credentials.ask else AUTH_TIMEOUT_S
    agent = _open_agent() if credentials.use_agent else None
    try:
        _Login(transport, target, credentials, agent).run()
    finally:
        if agent:
            agent.close()


def _open_agent() -> Agent | None:
    """Return the agent of this session, None when it does not speak as one."""
    try:
        return Agent()
    except (SSHException, OSError):
        return None


@dataclass(slots=True)
class _Login:
    transport: Transport
    target: Target
    credentials: Credentials
    agent: Agent | None
    tried: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def run(self) -> None:
        wanted = self._attempt(Offer("none", "", lambda: self.transport.auth_none(self.target.username)))
        pending = list(self._offers()) if wanted else []
        while wanted:
            offer = next((one for one in pending if one.method in wanted and self._is_worth_it(one)), None)
            if offer is None:
                raise LoginRefused(self._reason(wanted), tuple(self.tried))
            pending.remove(offer)
            answer = self._attempt(offer)
            wanted = wanted if answer is None else answer

    def _attempt(self, offer: Offer) -> list[str] | None:
        """Return the methods the server wants next, none when we are in, None when it refused this offer."""
        try:
            return offer.send()
        except BadAuthenticationType as error:
            return list(error.allowed_types)
        except AuthenticationException as error:
            if "timeout" in str(error).lower():
                reason = f"the server did not answer the login within {self.transport.auth_timeout:.0f} s."
                raise ConnectFailed("authentication", reason) from error
            self._check_still_there(error)
        except LoginRefused as error:
            self.tried.append(error.reason)
            return None
        except (SSHException, EOFError, OSError) as error:
            self._check_still_there(error)
        self.tried.append(offer.label)
        self.refused.add(offer.label)
        return None

    def _check_still_there(self, error: BaseException) -> None:
        if self.questions:
            text = f"Authentication failed. The server asks: {'; '.join(self.questions)}"
            raise LoginRefused(text, tuple(self.tried)) from error
        if not self.transport.is_active():
            raise ConnectFailed("authentication", "the server closed the connection during the login.") from error

    def _is_worth_it(self, offer: Offer) -> bool:
        """A password refused once is not sent again by the other method."""
        only_password = not (self.credentials.answers or self.credentials.ask)
        return not (offer.method == "keyboard-interactive" and only_password and "the password" in self.refused)

    def _offers(self) -> Iterator[Offer]:
        """What was given for this host first, then what ssh itself would try, then what a person is asked for."""
        given = self.credentials
        if given.private_key:
            key = parse_key(given.private_key.encode(), given.passphrase)
            yield self._key_offer("the private key", _always(key))
        if given.private_key_path:
            yield self._key_offer(f"the key file {given.private_key_path}", _always(self._read(given.private_key_path)))
        if given.password is not None:
            yield Offer("password", "the password", lambda: self._send_password(given.password or ""))
        if given.password is not None or given.answers:
            yield Offer("keyboard-interactive", "the answers to the server's questions", self._send_answers)
        if not self.target.identities_only and self.agent:
            for key in self.agent.get_keys():
                yield self._key_offer(f"the agent's key {key.comment or key.get_name()}", _always(key))
        for path in self._identity_files():
            yield self._key_offer(f"the key file {path}", self._reading(path))
        if given.ask:
            prompt = f"{self.target.username}@{self.target.host}'s password: "
            ask = given.ask
            yield Offer("keyboard-interactive", "the answers given", self._send_answers)
            yield Offer("password", "the password typed", lambda: self._send_password(ask(prompt, False)))

    def _identity_files(self) -> list[str]:
        """The files ssh itself would try: those of its configuration, else its defaults; only what is there."""
        usual = DEFAULT_KEY_FILES if self.credentials.use_agent else ()
        paths = self.target.identity_files or usual
        given = self.credentials.private_key_path
        return [path for path in paths if path != given and Path(path).expanduser().is_file()]

    def _key_offer(self, label: str, key: Callable[[], PKey]) -> Offer:
        return Offer("publickey", label, lambda: self.transport.auth_publickey(self.target.username, key()))

    def _reading(self, path: str) -> Callable[[], PKey]:
        """Read the file only when its turn comes: it may be damaged, and another credential may do before."""
        return lambda: self._read(path)

    def _read(self, path: str) -> PKey:
        try:
            return read_key_file(path, self.credentials.passphrase)
        except PassphraseNeeded:
            if self.credentials.ask is None:
                raise
            return read_key_file(path, self.credentials.ask(f"Passphrase for {path}: ", False))

    def _send_password(self, password: str) -> list[str]:
        return self.transport.auth_password(self.target.username, password, fallback=False)

    def _send_answers(self) -> list[str]:
        password = [] if self.credentials.password is None else [self.credentials.password]
        answers = list(self.credentials.answers)

        def answer(_title: str, _instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
            return [self._answer(text, echo, password, answers) for text, echo in prompts]

        return self.transport.auth_interactive(self.target.username, answer)

    def _answer(self, prompt: str, echo: bool, password: list[str], answers: list[str]) -> str:
        """A question for the password gets it; others get the next answer, or the person who is asked."""
        alone = not (self.credentials.answers or self.credentials.ask)
        if password and ("password" in prompt.lower() or (alone and not echo)):
            return password.pop()
        if answers:
            return answers.pop(0)
        if self.credentials.ask is None:
            self.questions.append(prompt.strip())
            raise SSHException("nobody is there to answer")
        return self.credentials.ask(prompt, echo)

    def _reason(self, wanted: list[str]) -> str:
        if self.tried:
            missing = [text for text in self.tried if text not in self.refused]
            return missing[0] if len(missing) == len(self.tried) else "Authentication failed."
        return f"Authentication failed. The server takes {', '.join(wanted)}; nothing of that kind was given."


def _always(key: PKey) -> Callable[[], PKey]:
    return lambda: key
