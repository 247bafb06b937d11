"""Moving pictures."""

from __future__ import annotations

import io
from typing import Any, ClassVar

from runicorn.sdk.media.base import Media, read_content, suffix_of, to_array
from runicorn.sdk.media.pixels import to_picture


class Video(Media):
    """A path, encoded bytes, or an array of frames (each as `Image` takes it), which becomes an animated GIF."""

    kind: ClassVar[str] = "video"

    def __init__(self, data: Any, *, fps: float = 4, caption: str | None = None, format: str | None = None) -> None:
        super().__init__(caption=caption, format=format or suffix_of(data, "mp4"))
        self._data = data
        self._fps = fps

    def encode(self) -> bytes:
        content = read_content(self._data)
        if content is not None:
            return content
        frames = [to_picture(frame) for frame in to_array(self._data)]
        if not frames:
            raise ValueError("a video needs at least one frame")
        self.format = "gif"
        buffer = io.BytesIO()
        duration_ms = max(1, round(1000 / self._fps))
        frames[0].save(buffer, "gif", save_all=True, append_images=frames[1:], duration=duration_ms, loop=0)
        return buffer.getvalue()

    def details(self) -> dict[str, Any]:
        return {"fps": self._fps}
