"""PyTorch Lightning: `Trainer(logger=RunicornLogger(project="vision"))`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
from lightning.pytorch.utilities import rank_zero_only

from runicorn.integrations.runs import ChosenRun
from runicorn.sdk import Run

_STATUS = {"success": "finished", "finished": "finished", "failed": "failed", "aborted": "interrupted"}


class RunicornLogger(Logger):
    """Logs metrics, hyperparameters and, with `log_model`, checkpoints of rank 0.

    Writes to `run`, else to the active run, else to a new one begun with `options` (see `runicorn.init`).
    """

    def __init__(self, run: Run | None = None, *, log_model: bool = False, **options: Any) -> None:
        super().__init__()
        self._chosen = ChosenRun(run, options)
        self._log_model = log_model
        self._checkpoints: Any = None

    @property
    @rank_zero_experiment
    def experiment(self) -> Run:
        """The run."""
        return self._chosen.get()

    @property
    def name(self) -> str | None:
        """The project."""
        return self.experiment.project

    @property
    def version(self) -> str | None:
        """The run's id."""
        return self.experiment.id

    @property
    def save_dir(self) -> str | None:
        """The run's folder."""
        return str(self.experiment.run_dir)

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Merge into the run's configuration."""
        self.experiment.config.update(params)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log at Lightning's own step."""
        self.experiment.log(dict(metrics), step=step)

    @rank_zero_only
    def after_save_checkpoint(self, checkpoint_callback: Any) -> None:
        """Remember where the checkpoints are."""
        self._checkpoints = checkpoint_callback

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Store the best checkpoint and end a run that was begun here."""
        if self._log_model and self._checkpoints is not None and self._checkpoints.best_model_path:
            from runicorn.sdk.artifact import Artifact

            artifact = Artifact(f"{self.experiment.project}-model", "model")
            self.experiment.log_artifact(artifact.add_file(self._checkpoints.best_model_path))
        self._chosen.finish(_STATUS.get(status, "failed"))
