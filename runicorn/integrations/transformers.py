"""Hugging Face Transformers: `Trainer(..., callbacks=[RunicornCallback(project="llm")])`."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from runicorn.integrations.runs import ChosenRun
from runicorn.sdk import Run

_PREFIXES = ("eval_", "test_", "train_")
_LAST = "train_runtime"
"""Only in what the Trainer logs last: means and totals of the whole training, no points of a curve."""


class RunicornCallback(TrainerCallback):
    """Logs what the Trainer logs: `eval_loss` becomes `eval/loss`, the rest `train/...`. Only the main process writes.

    Writes to `run`, else to the active run, else to a new one begun with `options` (see `runicorn.init`).
    """

    def __init__(self, run: Run | None = None, **options: Any) -> None:
        self._chosen = ChosenRun(run, options)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Any = None, **kwargs: Any
    ) -> None:
        """Keep the training arguments and the model's configuration."""
        if not state.is_world_process_zero:
            return
        config = {"training": args.to_sanitized_dict()}
        if hasattr(model, "config") and hasattr(model.config, "to_dict"):
            config["model"] = model.config.to_dict()
        self._chosen.get().config.update(config)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Log at the Trainer's global step; what it says of the whole training goes into the summary."""
        if not (state.is_world_process_zero and logs):
            return
        if _LAST in logs:
            self._chosen.get().summary(logs)
        else:
            self._chosen.get().log({_rename(name): value for name, value in logs.items()}, step=state.global_step)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Keep the best metric and end a run that was begun here."""
        if not state.is_world_process_zero:
            return
        if state.best_metric is not None:
            checkpoint = state.best_model_checkpoint
            self._chosen.get().summary({"best_metric": state.best_metric, "best_model_checkpoint": checkpoint})
        self._chosen.finish()


def _rename(name: str) -> str:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return f"{prefix[:-1]}/{name.removeprefix(prefix)}"
    return f"train/{name}"
