"""The reading side: `Reader(root)` turns files into answers. See docs/architecture.md."""

from runicorn.query.reader import Reader

__all__ = ["Reader"]
