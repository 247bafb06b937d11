"""This package as a wheel, made from the files it runs from: nothing has to be built or fetched."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

from runicorn._version import __version__

MAPPED = ("export", "static", "templates")
"""Packages below `runicorn` that may come from folders elsewhere."""

_TAG = "Wheel-Version: 1.0\nGenerator: runicorn\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def pack_wheel() -> tuple[str, bytes]:
    """Return the file name and the contents of a wheel of the running version."""
    information = f"runicorn-{__version__}.dist-info"
    members = dict(_package_files("runicorn", files("runicorn")))
    for name in MAPPED:
        members |= dict(_package_files(f"runicorn/{name}", files(f"runicorn.{name}")))
    members[f"{information}/METADATA"] = _metadata("METADATA", "PKG-INFO")
    members[f"{information}/entry_points.txt"] = _metadata("entry_points.txt")
    members[f"{information}/WHEEL"] = _TAG.encode()
    members[f"{information}/RECORD"] = _record(members, f"{information}/RECORD")
    return f"runicorn-{__version__}-py3-none-any.whl", _zip(members)


def _package_files(name: str, folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        path = f"{name}/{entry.name}"
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _package_files(path, entry)
        elif entry.is_file() and not entry.name.endswith((".pyc", ".pyo")):
            yield path, entry.read_bytes()


def _metadata(*names: str) -> bytes:
    """Return the first of these files that the installed distribution has."""
    distribution = metadata.distribution("runicorn")
    texts = (distribution.read_text(name) for name in names)
    return next((text for text in texts if text), "").encode()


def _record(members: dict[str, bytes], own_name: str) -> bytes:
    lines = []
    for name, data in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{own_name},,\n"]).encode()


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
