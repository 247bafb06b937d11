"""XGBoost on the breast cancer data, three depths of tree."""

from __future__ import annotations

import xgboost
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import runicorn
from runicorn.integrations.xgboost import RunicornCallback


def main() -> None:
    features, truth = load_breast_cancer(return_X_y=True, as_frame=True)
    train_x, test_x, train_y, test_y = train_test_split(features, truth, random_state=0)
    train, test = xgboost.DMatrix(train_x, train_y), xgboost.DMatrix(test_x, test_y)
    for depth in (1, 3, 6):
        parameters = {
            "objective": "binary:logistic",
            "eval_metric": ["logloss", "error"],
            "max_depth": depth,
            "eta": 0.2,
            "nthread": 1,
        }
        with runicorn.init("cancer", name=f"depth-{depth}", config=parameters) as run:
            run.define_metric("test/*", summary="min,last")
            run.set_primary_metric("test/error", mode="min")
            xgboost.train(
                parameters,
                train,
                num_boost_round=60,
                evals=[(train, "train"), (test, "test")],
                verbose_eval=False,
                callbacks=[RunicornCallback(run)],
            )


if __name__ == "__main__":
    main()
