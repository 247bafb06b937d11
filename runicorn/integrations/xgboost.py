"""XGBoost: `xgboost.train(..., evals=[(test, "test")], callbacks=[RunicornCallback(project="churn")])`."""

from __future__ import annotations

import json
from typing import Any

import xgboost

from runicorn.integrations.runs import ChosenRun
from runicorn.sdk import Run


class RunicornCallback(xgboost.callback.TrainingCallback):
    """Logs every evaluation as `test/rmse` at its boosting round, and the importance of features at the end.

    Writes to `run`, else to the active run, else to a new one begun with `options` (see `runicorn.init`).
    """

    def __init__(self, run: Run | None = None, **options: Any) -> None:
        super().__init__()
        self._chosen = ChosenRun(run, options)

    def before_training(self, model: Any) -> Any:
        """Keep the booster's parameters, defaults too."""
        if not hasattr(model, "save_config"):  # cross-validation trains several at once
            return model
        learner = json.loads(model.save_config())["learner"]
        parameters = {**learner["learner_train_param"], **learner["gradient_booster"].get("tree_train_param", {})}
        self._chosen.get().config.update({"xgboost": {name: _parse(text) for name, text in parameters.items()}})
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, dict[str, list[Any]]]) -> bool:
        """Log one boosting round; never asks to stop."""
        latest = {f"{data}/{name}": values[-1] for data, found in evals_log.items() for name, values in found.items()}
        means = {name: value[0] if isinstance(value, tuple) else value for name, value in latest.items()}
        self._chosen.get().log(means, step=epoch)
        return False

    def after_training(self, model: Any) -> Any:
        """Keep the best round and the gain of each feature; end a run that was begun here."""
        run = self._chosen.get()
        if hasattr(model, "get_score"):
            run.summary({"feature_gain": model.get_score(importance_type="gain")})
        if model.attr("best_iteration") is not None:
            run.summary({"best_iteration": int(model.attr("best_iteration")), "best_score": model.best_score})
        self._chosen.finish()
        return model


def _parse(text: str) -> int | float | str:
    """XGBoost writes its parameters as text: whole numbers, and others with more digits than a float32 holds."""
    try:
        number = float(f"{float(text):.7g}")
    except ValueError:
        return text
    return int(number) if number.is_integer() and "." not in text else number
