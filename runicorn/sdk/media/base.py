"""What all media have in common."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar


class Media:
    """One sample. `kind` is the type of its event, `format` the suffix of its file."""

    kind: ClassVar[str]

    def __init__(self, *, caption: str | None = None, format: str) -> None:
        self.caption = caption
        self.format = format.lower().lstrip(".")

    def encode(self) -> bytes | None:
        """Return the content of the file; None when the event says it all."""
        raise NotImplementedError

    def details(self) -> dict[str, Any]:
        """What the event says besides key, path, step and caption. Asked for after `encode`."""
        return {}


def is_path(value: Any) -> bool:
    """Tell whether `value` names a file rather than being the content."""
    return isinstance(value, str | os.PathLike)


def suffix_of(value: Any, default: str) -> str:
    """Return the format that a file's name tells, else `default`."""
    return (Path(value).suffix.lstrip(".").lower() if is_path(value) else "") or default


def read_content(value: Any) -> bytes | None:
    """Return the bytes of a path or of bytes, None for anything else. Raises FileNotFoundError."""
    if is_path(value):
        return Path(value).read_bytes()
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else None


def to_array(value: Any) -> Any:
    """Return a tensor of numpy, torch, jax or tensorflow, or a nested list, as a numpy array."""
    import numpy as np

    for method in ("detach", "cpu", "numpy"):
        if callable(getattr(value, method, None)):
            value = getattr(value, method)()
    return np.asarray(value)
