"""A `SummaryWriter` with the calls of TensorBoard's: change the import, keep the script."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from runicorn.integrations.runs import ChosenRun
from runicorn.sdk import Run
from runicorn.sdk.media.audio import Audio
from runicorn.sdk.media.histogram import Histogram
from runicorn.sdk.media.image import Image
from runicorn.sdk.media.text import Text
from runicorn.sdk.media.video import Video


class SummaryWriter:
    """Writes to `run`, else to the active run, else to a new one begun with `options` (see `runicorn.init`).

    `log_dir` and `comment` become notes of a new run; nothing is written there. Wall times given by the caller and
    graphs, meshes and embeddings are not kept.
    """

    def __init__(
        self, log_dir: str | None = None, comment: str = "", *, run: Run | None = None, **options: Any
    ) -> None:
        notes = " ".join(str(part) for part in (log_dir, comment) if part)
        self._chosen = ChosenRun(run, {"notes": notes or None, **options})
        self._run = self._chosen.get()
        self.log_dir = str(self._run.run_dir)

    def add_scalar(self, tag: str, scalar_value: Any, global_step: int | None = None, *_: Any, **__: Any) -> None:
        """Log one metric."""
        self._run.log({tag: scalar_value}, step=global_step)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: Mapping[str, Any], global_step: int | None = None, *_: Any
    ) -> None:
        """Log several metrics as `main_tag/...`."""
        self._run.log({main_tag: tag_scalar_dict}, step=global_step)

    def add_text(self, tag: str, text_string: str, global_step: int | None = None, *_: Any) -> None:
        """Keep a sample of text."""
        self._run.log_media(tag, Text(text_string), global_step)

    def add_image(self, tag: str, img_tensor: Any, global_step: int | None = None, *_: Any, **__: Any) -> None:
        """Keep an image, channels first or last."""
        self._run.log_media(tag, Image(img_tensor), global_step)

    def add_images(self, tag: str, img_tensor: Any, global_step: int | None = None, *_: Any, **__: Any) -> None:
        """Keep a batch of images, one by one."""
        for number, image in enumerate(img_tensor):
            self._run.log_media(f"{tag}/{number}", Image(image), global_step)

    def add_figure(self, tag: str, figure: Any, global_step: int | None = None, *_: Any, **__: Any) -> None:
        """Keep a matplotlib figure, or several."""
        for number, one in enumerate(figure if isinstance(figure, list) else [figure]):
            self._run.log_media(f"{tag}/{number}" if isinstance(figure, list) else tag, Image(one), global_step)

    def add_histogram(self, tag: str, values: Any, global_step: int | None = None, *_: Any, **__: Any) -> None:
        """Keep a distribution."""
        self._run.log_media(tag, Histogram(values), global_step)

    def add_audio(
        self, tag: str, snd_tensor: Any, global_step: int | None = None, sample_rate: int = 44100, *_: Any
    ) -> None:
        """Keep a sound."""
        self._run.log_media(tag, Audio(snd_tensor, sample_rate=sample_rate), global_step)

    def add_video(self, tag: str, vid_tensor: Any, global_step: int | None = None, fps: float = 4, *_: Any) -> None:
        """Keep videos of a batch: (batch, time, channels, height, width)."""
        for number, video in enumerate(vid_tensor):
            self._run.log_media(f"{tag}/{number}", Video(video, fps=fps), global_step)

    def add_hparams(self, hparam_dict: Mapping[str, Any], metric_dict: Mapping[str, Any], *_: Any, **__: Any) -> None:
        """Keep hyperparameters in the configuration and results in the summary."""
        self._run.config.update(hparam_dict)
        self._run.summary(metric_dict)

    def flush(self) -> None:
        """Make all that was logged survive a power cut."""
        self._run.flush()

    def close(self) -> None:
        """End a run that was begun here."""
        self._chosen.finish()

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._chosen.finish("finished" if kind is None else "failed")
