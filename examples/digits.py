"""Handwritten digits with scikit-learn: learning curve, best epoch, confusion matrix, wrong guesses, model artifact."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import runicorn
from runicorn.integrations.sklearn import log_estimator, log_evaluation

EPOCHS = 30


def train(run: runicorn.Run, model: MLPClassifier, train_set: tuple, test_set: tuple) -> None:
    """One pass over the data per epoch, with loss and accuracy of both sets."""
    run.set_primary_metric("test/accuracy")
    for epoch in range(1, EPOCHS + 1):
        model.partial_fit(*train_set, classes=np.arange(10))
        metrics = {
            name: {"loss": log_loss(truth, model.predict_proba(images)), "accuracy": model.score(images, truth)}
            for name, (images, truth) in {"train": train_set, "test": test_set}.items()
        }
        run.log(metrics, step=epoch)
        run.log_text(f"epoch {epoch}: test accuracy {metrics['test']['accuracy']:.3f}")


def show_mistakes(run: runicorn.Run, model: MLPClassifier, images: np.ndarray, truth: np.ndarray) -> None:
    """Keep the first wrong guesses as images."""
    guesses = model.predict(images)
    for index in np.flatnonzero(guesses != truth)[:6]:
        picture = np.kron(images[index].reshape(8, 8) / 16, np.ones((12, 12)))
        run.log_image("mistakes", picture, step=EPOCHS, caption=f"{truth[index]} taken for {guesses[index]}")


def save_model(run: runicorn.Run, model: MLPClassifier) -> None:
    """Store the model as an artifact."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.pkl")
        path.write_bytes(pickle.dumps(model))
        run.log_artifact(runicorn.Artifact("digits-mlp", "model").add_file(path))


def main() -> None:
    images, truth = load_digits(return_X_y=True)
    split = train_test_split(images, truth, test_size=0.3, random_state=0)
    train_set, test_set = (split[0], split[2]), (split[1], split[3])
    for width in (16, 64):
        model = MLPClassifier((width,), learning_rate_init=0.002, random_state=0)
        with runicorn.init("digits", name="mlp", tags=[f"width-{width}"]) as run:
            log_estimator(run, model)
            train(run, model, train_set, test_set)
            log_evaluation(run, model, *test_set, name="final")
            show_mistakes(run, model, *test_set)
            save_model(run, model)


if __name__ == "__main__":
    main()
