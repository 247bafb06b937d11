"""scikit-learn: what an estimator is and how well it does, in one call each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.base import BaseEstimator, is_classifier
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, mean_absolute_error, r2_score
from sklearn.metrics import root_mean_squared_error as rmse

from runicorn.sdk import Run
from runicorn.sdk.media.table import Table


def log_estimator(run: Run, estimator: BaseEstimator) -> None:
    """Keep the estimator's class and parameters, those of the parts of a pipeline too."""
    run.config.update({"estimator": type(estimator).__name__, "parameters": estimator.get_params(deep=True)})


def log_evaluation(
    run: Run, estimator: BaseEstimator, features: Any, truth: Any, *, name: str = "test"
) -> dict[str, float]:
    """Score a fitted estimator and log `name/...`, at the step reached and into the summary.

    Of a classifier the confusion matrix is kept too, as a table.
    Classifiers: accuracy and macro F1; others: R2, mean absolute and root mean squared error. Returns the scores.
    """
    predicted = estimator.predict(features)
    if is_classifier(estimator):
        scores = {"accuracy": accuracy_score(truth, predicted), "f1": f1_score(truth, predicted, average="macro")}
        labels = [str(label) for label in estimator.classes_]
        counts = confusion_matrix(truth, predicted, labels=estimator.classes_)
        rows = [[label, *row] for label, row in zip(labels, counts.tolist(), strict=True)]
        run.log_media(f"{name}/confusion_matrix", Table(rows, ["true \\ predicted", *labels]))
    else:
        scores = {"r2": r2_score(truth, predicted), "mae": mean_absolute_error(truth, predicted)}
        scores["rmse"] = rmse(truth, predicted)
    named = {f"{name}/{key}": float(value) for key, value in scores.items()}
    run.log(named, step=run.step or None)
    run.summary(named)
    return named


def log_search(run: Run, search: Any) -> None:
    """Log every candidate of a fitted GridSearchCV or RandomizedSearchCV as a step, and the best into the summary."""
    results: Mapping[str, Any] = search.cv_results_
    for number, parameters in enumerate(results["params"]):
        scores = {key: results[key][number] for key in ("mean_test_score", "std_test_score", "mean_fit_time")}
        run.log({**scores, "params": parameters}, step=number)
    run.summary({"best_score": search.best_score_, "best_params": search.best_params_})
