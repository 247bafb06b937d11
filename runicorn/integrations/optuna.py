"""Optuna: `study.optimize(objective, callbacks=[RunicornCallback(project="sweep")])`."""

from __future__ import annotations

from typing import Any

from optuna.study import Study
from optuna.trial import FrozenTrial

from runicorn.integrations.runs import ChosenRun
from runicorn.sdk import Run


class RunicornCallback:
    """Logs every trial as one step: its value or values, its parameters, its state; the best goes into the summary.

    Writes to `run`, else to the active run, else to a new one begun with `options` (see `runicorn.init`); call
    `finish` after `optimize`.
    """

    def __init__(self, run: Run | None = None, **options: Any) -> None:
        self._chosen = ChosenRun(run, options)

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        """Log one trial that has ended."""
        run = self._chosen.get()
        values = trial.values or []
        named = {"value": values[0]} if len(values) == 1 else {f"value_{n}": value for n, value in enumerate(values)}
        duration = trial.duration.total_seconds() if trial.duration else None
        run.log({**named, "params": trial.params, "state": trial.state.name, "duration_s": duration}, step=trial.number)
        if len(study.directions) == 1 and any(done.value is not None for done in study.get_trials(deepcopy=False)):
            best = study.best_trial
            run.summary({"best_value": best.value, "best_trial": best.number, "best_params": best.params})

    def finish(self) -> None:
        """End a run that was begun here."""
        self._chosen.finish()
