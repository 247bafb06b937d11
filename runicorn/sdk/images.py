"""Images as bytes: whatever a training script holds, as a file of the asked format."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any


def encode_image(image: Any, *, image_format: str, quality: int) -> bytes:
    """Return `image` (a Pillow image, an array, encoded bytes, or a path) as the bytes of an image file.

    Bytes and files are kept as they are. Raises FileNotFoundError for a path that is not there and RuntimeError when
    Pillow is needed and missing.
    """
    if isinstance(image, bytes | bytearray | memoryview):
        return bytes(image)
    if isinstance(image, str | os.PathLike):
        return Path(image).read_bytes()
    picture = image if hasattr(image, "save") and hasattr(image, "mode") else _from_array(image)
    buffer = io.BytesIO()
    name = {"jpg": "jpeg"}.get(image_format, image_format)
    if name == "jpeg" and picture.mode not in ("RGB", "L", "CMYK"):
        picture = picture.convert("RGB")
    picture.save(buffer, format=name, **({"quality": quality} if name in ("jpeg", "webp") else {}))
    return buffer.getvalue()


def _from_array(array: Any) -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise RuntimeError("Images from arrays need Pillow: pip install 'runicorn[images]'.") from error
    return Image.fromarray(to_pixels(array))


def to_pixels(array: Any) -> Any:
    """Return an array of numpy, torch, jax or tensorflow as 8-bit pixels, height by width (by 3 or 4 channels).

    Channels may come first or last. Floats are taken as 0 to 1, other integers as 0 to 255; both are clipped.
    """
    import numpy as np

    for method in ("detach", "cpu", "numpy"):
        if hasattr(array, method):
            array = getattr(array, method)()
    pixels = np.asarray(array)
    if pixels.ndim == 3 and pixels.shape[0] in (1, 3, 4) and pixels.shape[2] not in (1, 3, 4):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise ValueError(f"an array of shape {pixels.shape} is no image")
    if pixels.dtype == bool:
        return pixels.astype(np.uint8) * 255
    if np.issubdtype(pixels.dtype, np.floating):
        pixels = np.nan_to_num(pixels) * 255
    return pixels.clip(0, 255).astype(np.uint8)
