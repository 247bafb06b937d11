"""Pictures of a classifier, made with NumPy and zlib alone."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from runicorn.demo.iris import Flowers
from runicorn.demo.network import Network

COLOURS = np.array([[38, 121, 178], [219, 126, 26], [66, 150, 72]], dtype=float)
"""One per species, in the order of `iris.SPECIES`."""

WHITE = 255.0
SIDE_PIXELS = 240
CELL_PIXELS = 3


def encode_png(pixels: np.ndarray) -> bytes:
    """Return `pixels`, shape (height, width, 3) of uint8, as a PNG file. Source: RFC 2083."""
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, width * 3)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def draw_confusion(network: Network, flowers: Flowers) -> bytes:
    """Return a PNG of the confusion matrix: a row per true species, a column per predicted one, darker is more."""
    predicted = network.predict(flowers.features).argmax(axis=1)
    counts = np.zeros((len(COLOURS), len(COLOURS)))
    np.add.at(counts, (flowers.species, predicted), 1)
    shares = counts / counts.sum(axis=1, keepdims=True)
    pixels = WHITE - shares[:, :, None] * (WHITE - COLOURS[:, None, :])
    side = SIDE_PIXELS // len(COLOURS)
    pixels = pixels.repeat(side, axis=0).repeat(side, axis=1)
    pixels[::side] = pixels[:, ::side] = 225
    return encode_png(pixels.astype(np.uint8))


def draw_regions(network: Network, flowers: Flowers) -> bytes:
    """Return a PNG of the decision regions over petal length (right) and width (up), with `flowers` as dots.

    The other two measurements are held at their mean.
    """
    cells = SIDE_PIXELS // CELL_PIXELS
    axis = np.linspace(-2, 2, cells)
    grid = np.zeros((cells**2, 4))
    grid[:, 2], grid[:, 3] = np.tile(axis, cells), np.repeat(axis[::-1], cells)
    tint = 0.45 * (WHITE - network.predict(grid) @ (WHITE - COLOURS)) + 0.55 * WHITE
    pixels = tint.reshape(cells, cells, 3).repeat(CELL_PIXELS, axis=0).repeat(CELL_PIXELS, axis=1)
    for features, species in zip(flowers.features, flowers.species, strict=True):
        column = round((features[2] + 2) / 4 * SIDE_PIXELS)
        row = SIDE_PIXELS - round((features[3] + 2) / 4 * SIDE_PIXELS)
        pixels[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3] = COLOURS[species]
    return encode_png(pixels.astype(np.uint8))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
