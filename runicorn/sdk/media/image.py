"""Images and figures."""

from __future__ import annotations

import io
from typing import Any, ClassVar

from runicorn.sdk.media.base import Media, read_content
from runicorn.sdk.media.pixels import to_picture

_PILLOW_NAMES = {"jpg": "jpeg", "tif": "tiff"}


class Image(Media):
    """A Pillow image, an array or tensor, a matplotlib or plotly figure, encoded bytes, or a path.

    Bytes and files are kept as they are; `quality` (1 to 100) counts for JPEG and WebP.
    """

    kind: ClassVar[str] = "image"

    def __init__(self, data: Any, *, caption: str | None = None, format: str = "png", quality: int = 90) -> None:
        super().__init__(caption=caption, format=format)
        self._data = data
        self._quality = quality

    def encode(self) -> bytes:
        """Raises FileNotFoundError for a path that is not there, RuntimeError when Pillow or kaleido is missing."""
        data = self._data
        content = read_content(data)
        if content is not None:
            return content
        if callable(getattr(data, "savefig", None)):
            return _save(data.savefig, format=self.format, bbox_inches="tight")
        if callable(getattr(data, "to_image", None)):
            return _plotly_image(data, self.format)
        picture = data if callable(getattr(data, "save", None)) and hasattr(data, "mode") else to_picture(data)
        return self._encode_picture(picture)

    def _encode_picture(self, picture: Any) -> bytes:
        name = _PILLOW_NAMES.get(self.format, self.format)
        if name == "jpeg" and picture.mode not in ("RGB", "L", "CMYK"):
            picture = picture.convert("RGB")
        return _save(picture.save, format=name, **({"quality": self._quality} if name in ("jpeg", "webp") else {}))


def _save(save: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **options)
    return buffer.getvalue()


def _plotly_image(figure: Any, image_format: str) -> bytes:
    try:
        return figure.to_image(format=image_format)
    except (ImportError, ValueError, RuntimeError) as error:
        raise RuntimeError("A plotly figure becomes an image by kaleido: install it, or log runicorn.Html.") from error
