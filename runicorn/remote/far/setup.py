# mypy: ignore-errors
"""Runs on the far machine: where this account's storage root would be, and a port that is free."""

import glob
import json
import os
import socket
import sys

home = os.path.expanduser("~")
config_dirs = [
    os.environ.get("RUNICORN_CONFIG_DIR"),
    os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "runicorn"),
    os.path.join(home, "Library", "Application Support", "Runicorn"),
]


def configured_root():
    """Return `user_root_dir` of the first config.json there is."""
    for folder in config_dirs:
        try:
            with open(os.path.join(folder or "", "config.json"), "rb") as file:
                return json.loads(file.read().decode("utf-8")).get("user_root_dir") or ""
        except (OSError, IOError, ValueError, AttributeError):  # noqa: UP024
            continue
    return ""


def free_port():
    """Return a port that was free on loopback a moment ago."""
    listener = socket.socket()
    try:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
    finally:
        listener.close()


named = [os.environ.get("RUNICORN_DIR"), os.environ.get("RUNICORN_USER_ROOT_DIR"), configured_root()]
usual = [os.path.join(home, "runicorn_data"), os.path.join(home, ".runicorn")]
chosen = [os.path.abspath(os.path.expanduser(root)) for root in named if root]
existing = [root for root in usual if glob.glob(os.path.join(root, "*", "*", "runs"))]
default = (chosen + existing + usual)[0]
roots = [root for index, root in enumerate(chosen + existing) if root not in (chosen + existing)[:index]]
answer = {
    "default_root": default,
    "default_root_exists": os.path.isdir(default),
    "roots": roots,
    "free_port": free_port(),
}
sys.stdout.write(json.dumps(answer) + "\n")
