"""Sounds."""

from __future__ import annotations

import io
import wave
from typing import Any, ClassVar

from runicorn.sdk.media.base import Media, read_content, suffix_of, to_array


class Audio(Media):
    """A path, encoded bytes, or an array of samples: mono, or samples by channels; floats from -1 to 1.

    Arrays become 16-bit WAV and need `sample_rate`, in samples per second.
    """

    kind: ClassVar[str] = "audio"

    def __init__(
        self, data: Any, *, sample_rate: int | None = None, caption: str | None = None, format: str | None = None
    ) -> None:
        super().__init__(caption=caption, format=format or suffix_of(data, "wav"))
        self._data = data
        self._sample_rate = sample_rate
        self._duration_s: float | None = None

    def encode(self) -> bytes:
        content = read_content(self._data)
        return content if content is not None else self._encode_samples()

    def details(self) -> dict[str, Any]:
        return {"sample_rate": self._sample_rate, "duration_s": self._duration_s}

    def _encode_samples(self) -> bytes:
        import numpy as np

        if not self._sample_rate:
            raise ValueError("an array of samples needs sample_rate")
        samples = to_array(self._data)
        if samples.ndim == 2 and samples.shape[0] <= 2 < samples.shape[1]:
            samples = samples.T
        if samples.ndim not in (1, 2) or (samples.ndim == 2 and samples.shape[1] > 2):
            raise ValueError(f"an array of shape {samples.shape} is no sound")
        if np.issubdtype(samples.dtype, np.floating):
            samples = np.nan_to_num(samples).clip(-1, 1) * 32767
        self._duration_s = len(samples) / self._sample_rate
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
            file.setsampwidth(2)
            file.setframerate(int(self._sample_rate))
            file.writeframes(np.ascontiguousarray(samples.clip(-32768, 32767).astype("<i2")).tobytes())
        self.format = "wav"
        return buffer.getvalue()
