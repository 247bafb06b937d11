"""Arrays as pictures."""

from __future__ import annotations

from typing import Any

from runicorn.sdk.media.base import to_array


def to_picture(array: Any) -> Any:
    """Return an array as a Pillow image. Raises RuntimeError without Pillow, ValueError for a shape that is none."""
    try:
        from PIL import Image
    except ImportError as error:
        raise RuntimeError("Pictures from arrays need Pillow: pip install 'runicorn[images]'.") from error
    return Image.fromarray(to_pixels(array))


def to_pixels(array: Any) -> Any:
    """Return an array of numpy, torch, jax or tensorflow as 8-bit pixels, height by width (by 3 or 4 channels).

    Channels may come first or last. Floats are taken as 0 to 1, other integers as 0 to 255; both are clipped.
    """
    import numpy as np

    pixels = to_array(array)
    if pixels.ndim == 3 and pixels.shape[0] in (1, 3, 4) and pixels.shape[2] not in (1, 3, 4):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise ValueError(f"an array of shape {pixels.shape} is no picture")
    if pixels.dtype == bool:
        return pixels.astype(np.uint8) * 255
    if np.issubdtype(pixels.dtype, np.floating):
        pixels = np.nan_to_num(pixels) * 255
    return pixels.clip(0, 255).astype(np.uint8)
