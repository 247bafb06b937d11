"""Passwords and keys at rest: in the system's keyring, or nowhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

log = logging.getLogger(__name__)

SERVICE = "runicorn-ssh"
FIELDS = ("password", "passphrase", "private_key")


def is_available() -> bool:
    """Tell whether there is a keyring that keeps secrets encrypted; files of plain text do not count."""
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    weak = type(backend).__module__.startswith("keyrings.alt")
    return not (weak or isinstance(backend, fail.Keyring | null.Keyring)) and backend.priority > 0


def save(key: str, secrets: Mapping[str, str]) -> bool:
    """Keep the secrets of one connection in place of those kept before; say whether that could be done."""
    import keyring
    from keyring.errors import KeyringError

    kept = {name: value for name, value in secrets.items() if name in FIELDS and value}
    if not kept:
        return delete(key)
    if not is_available():
        return False
    try:
        keyring.set_password(SERVICE, key, json.dumps(kept))
    except (KeyringError, OSError) as error:
        log.warning("The system keyring refused a secret: %s", type(error).__name__)
        return False
    return True


def load(key: str) -> dict[str, str]:
    """Return the secrets of one connection by field, empty when there are none or the keyring is shut."""
    import keyring
    from keyring.errors import KeyringError

    if not is_available():
        return {}
    try:
        found = json.loads(keyring.get_password(SERVICE, key) or "{}")
    except (KeyringError, OSError, ValueError) as error:
        log.warning("The system keyring gave nothing: %s", type(error).__name__)
        return {}
    return {name: value for name, value in found.items() if name in FIELDS and isinstance(value, str)}


def delete(key: str) -> bool:
    """Forget the secrets of one connection. True also when there were none."""
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    if not is_available():
        return True
    try:
        keyring.delete_password(SERVICE, key)
    except PasswordDeleteError:
        return True
    except (KeyringError, OSError):
        return False
    return True
