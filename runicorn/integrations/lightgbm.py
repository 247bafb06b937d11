"""LightGBM: `lightgbm.train(..., valid_sets=[test], callbacks=[RunicornCallback(project="churn")])`."""

from __future__ import annotations

from typing import Any

from lightgbm.callback import CallbackEnv

from runicorn.integrations.runs import ChosenRun
from runicorn.sdk import Run


class RunicornCallback:
    """Logs every evaluation as `valid_0/l2` at its boosting round; of `cv` the means, with `-stdv` beside them.

    Writes to `run`, else to the active run, else to a new one begun with `options` (see `runicorn.init`), which ends
    with the last round; call `finish` after early stopping.
    """

    order = 20
    before_iteration = False

    def __init__(self, run: Run | None = None, **options: Any) -> None:
        self._chosen = ChosenRun(run, options)

    def __call__(self, env: CallbackEnv) -> None:
        """Log one boosting round."""
        run = self._chosen.get()
        if env.iteration == env.begin_iteration:
            run.config.update({"lightgbm": env.params})
        values = {}
        for data, metric, value, _, *deviation in env.evaluation_result_list or ():
            values[f"{data}/{metric}"] = value
            if deviation:
                values[f"{data}/{metric}-stdv"] = deviation[0]
        run.log(values, step=env.iteration)
        if env.iteration + 1 == env.end_iteration:
            self.finish()

    def finish(self) -> None:
        """End a run that was begun here."""
        self._chosen.finish()
