"""Keras: `model.fit(..., callbacks=[RunicornCallback(project="vision")])`."""

from __future__ import annotations

from typing import Any

import keras

from runicorn.integrations.runs import ChosenRun
from runicorn.sdk import Run


class RunicornCallback(keras.callbacks.Callback):
    """Logs the metrics of every epoch, and with `log_batches` those of every training batch as `batch/...`.

    Writes to `run`, else to the active run, else to a new one begun with `options` (see `runicorn.init`).
    """

    def __init__(self, run: Run | None = None, *, log_batches: bool = False, **options: Any) -> None:
        super().__init__()
        self._chosen = ChosenRun(run, options)
        self._log_batches = log_batches

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Keep what the model and its optimizer are."""
        config = {"fit": self.params, "model": {"name": self.model.name, "parameters": self.model.count_params()}}
        if self.model.optimizer is not None:
            config["optimizer"] = self.model.optimizer.get_config()
        self._chosen.get().config.update(config)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Log one batch."""
        if self._log_batches and logs:
            self._chosen.get().log({f"batch/{name}": value for name, value in logs.items()})

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log one epoch; it is the step, unless batches are."""
        values = {"epoch": epoch, **(logs or {})}
        self._chosen.get().log(values, step=None if self._log_batches else epoch)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """End a run that was begun here."""
        self._chosen.finish()
