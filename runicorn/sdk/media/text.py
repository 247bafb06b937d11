"""Samples of text and HTML."""

from __future__ import annotations

from typing import Any, ClassVar

from runicorn.sdk.media.base import Media, read_content
from runicorn.sdk.values import describe


class Text(Media):
    """A sample of text, such as what a language model wrote."""

    kind: ClassVar[str] = "text"

    def __init__(self, text: str, *, caption: str | None = None) -> None:
        super().__init__(caption=caption, format="txt")
        self._text = text if isinstance(text, str) else describe(text)

    def encode(self) -> bytes:
        return self._text.encode("utf-8", "replace")


class Html(Media):
    """A piece of HTML: text, a path ending in `.html`, or a plotly figure. Viewers show it in a sandbox."""

    kind: ClassVar[str] = "html"

    def __init__(self, data: Any, *, caption: str | None = None) -> None:
        super().__init__(caption=caption, format="html")
        self._data = data

    def encode(self) -> bytes:
        """Raises FileNotFoundError for a path that is not there."""
        data = self._data
        if callable(getattr(data, "to_html", None)):
            data = data.to_html(include_plotlyjs=True)
        elif not isinstance(data, str) or data.endswith((".html", ".htm")):
            content = read_content(data)
            if content is None:
                raise ValueError(f"{type(data).__name__} is no HTML")
            return content
        return data.encode("utf-8", "replace")
