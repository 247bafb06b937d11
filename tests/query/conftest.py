"""Readers over the roots of tests/conftest.py, and the plain Python reference that answers are compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runicorn.query import Reader


@pytest.fixture
def open_reader() -> Iterator[Callable[[Path], Reader]]:
    """Open readers that are closed after the test."""
    readers: list[Reader] = []

    def open_(root: Path) -> Reader:
        readers.append(Reader(root))
        return readers[-1]

    yield open_
    for reader in readers:
        reader.close()


@pytest.fixture
def reader(root: Path, open_reader: Callable[[Path], Reader]) -> Reader:
    """A reader over `root`."""
    return open_reader(root)
