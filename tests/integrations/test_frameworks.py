"""Every integration against its real framework."""

from __future__ import annotations

import math

import numpy as np
import pytest

import runicorn

pytestmark = [
    pytest.mark.frameworks,
    pytest.mark.filterwarnings("default"),
]

OPTIONS = {"project": "demo", "capture_env": False}


@pytest.fixture(scope="module")
def numbers():
    """Features and a truth that depends on them."""
    generator = np.random.default_rng(0)
    features = generator.normal(size=(200, 4)).astype(np.float32)
    return features, (features[:, 0] + 0.1 * generator.normal(size=200) > 0).astype(np.int64)


def test_lightning(written, numbers, tmp_path):
    import lightning
    import torch

    from runicorn.integrations.lightning import RunicornLogger

    class Model(lightning.LightningModule):
        def __init__(self, lr):
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(4, 2)

        def training_step(self, batch, index):
            loss = torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1])
            self.log("loss", loss)
            return loss

        def validation_step(self, batch, index):
            self.log("val_loss", torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1]))

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)

    data = torch.utils.data.TensorDataset(*map(torch.from_numpy, numbers))
    loader = torch.utils.data.DataLoader(data, batch_size=50)
    trainer = lightning.Trainer(
        logger=RunicornLogger(log_model=True, **OPTIONS),
        max_epochs=3,
        log_every_n_steps=1,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[lightning.pytorch.callbacks.ModelCheckpoint(monitor="val_loss")],
    )
    trainer.fit(Model(lr=0.5), loader, loader)

    run = written_run(written)
    losses = run.metrics("loss")
    assert [step for step, _ in losses] == list(range(12))
    assert losses[-1][1] < losses[0][1]
    assert len(run.metrics("val_loss")) == 3
    assert run.config["lr"] == 0.5
    assert run.status == "finished"
    assert (run.folder / "artifacts_created.json").exists()


def written_run(written):
    run = written()
    assert run.meta["project"] == "demo"
    return run


def test_transformers(written, tmp_path):
    import torch
    from transformers import Trainer, TrainingArguments

    from runicorn.integrations.transformers import RunicornCallback

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)

        def forward(self, x, labels):
            predicted = self.layer(x).squeeze(-1)
            return {"loss": torch.nn.functional.mse_loss(predicted, labels), "logits": predicted}

    rows = [{"x": torch.randn(3), "labels": torch.tensor(1.0)} for _ in range(32)]
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        num_train_epochs=2,
        per_device_train_batch_size=8,
        logging_steps=1,
        eval_strategy="epoch",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        save_strategy="no",
        learning_rate=0.1,
    )
    callback = RunicornCallback(**OPTIONS)
    Trainer(model=Model(), args=arguments, train_dataset=rows, eval_dataset=rows, callbacks=[callback]).train()

    run = written_run(written)
    assert [step for step, _ in run.metrics("train/loss")] == list(range(1, 9))
    assert run.summary["train_loss"] == pytest.approx(sum(loss for _, loss in run.metrics("train/loss")) / 8, rel=0.1)
    assert [step for step, _ in run.metrics("eval/loss")] == [4, 8]
    assert run.config["training"]["learning_rate"] == 0.1
    assert run.status == "finished"


def test_keras(written, numbers):
    keras = pytest.importorskip("keras")
    from runicorn.integrations.keras import RunicornCallback

    features, truth = numbers
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="binary_crossentropy", metrics=["accuracy"])
    callback = RunicornCallback(log_batches=False, **OPTIONS)
    model.fit(features, truth, epochs=4, validation_split=0.2, verbose=0, callbacks=[callback])

    run = written_run(written)
    assert [step for step, _ in run.metrics("loss")] == [0, 1, 2, 3]
    assert run.metrics("val_accuracy")[-1][1] > 0.7
    assert run.config["optimizer"]["learning_rate"] == pytest.approx(0.5)
    assert run.config["model"]["parameters"] == 5
    assert run.status == "finished"


def test_keras_batches(written, numbers):
    keras = pytest.importorskip("keras")
    from runicorn.integrations.keras import RunicornCallback

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    model.fit(*numbers, epochs=2, batch_size=100, verbose=0, callbacks=[RunicornCallback(log_batches=True, **OPTIONS)])

    assert len(written_run(written).metrics("batch/loss")) == 4


def test_xgboost(written, numbers):
    xgboost = pytest.importorskip("xgboost")
    from runicorn.integrations.xgboost import RunicornCallback

    data = xgboost.DMatrix(numbers[0], numbers[1])
    xgboost.train(
        {"objective": "binary:logistic", "max_depth": 2},
        data,
        num_boost_round=5,
        evals=[(data, "train")],
        verbose_eval=False,
        callbacks=[RunicornCallback(**OPTIONS)],
    )

    run = written_run(written)
    losses = run.metrics("train/logloss")
    assert [step for step, _ in losses] == list(range(5))
    assert losses[-1][1] < losses[0][1]
    assert "f0" in run.summary["feature_gain"]
    parameters = run.config["xgboost"]
    assert (parameters["objective"], parameters["max_depth"], parameters["eta"]) == ("binary:logistic", 2, 0.3)
    assert run.status == "finished"


def test_xgboost_in_the_active_run(written, numbers):
    xgboost = pytest.importorskip("xgboost")
    from runicorn.integrations.xgboost import RunicornCallback

    run = runicorn.init(**OPTIONS)
    data = xgboost.DMatrix(numbers[0], numbers[1])
    with run:
        xgboost.train({}, data, 2, evals=[(data, "a")], verbose_eval=False, callbacks=[RunicornCallback()])

    assert len(written_run(written).metrics("a/rmse")) == 2


def test_xgboost_cross_validation(written, numbers):
    xgboost = pytest.importorskip("xgboost")
    from runicorn.integrations.xgboost import RunicornCallback

    data = xgboost.DMatrix(numbers[0], numbers[1])
    xgboost.cv({"max_depth": 2}, data, 3, nfold=2, callbacks=[RunicornCallback(**OPTIONS)])

    run = written_run(written)
    assert [step for step, _ in run.metrics("test/rmse")] == [0, 1, 2]
    assert run.status == "finished"


def test_lightgbm(written, numbers):
    lightgbm = pytest.importorskip("lightgbm")
    from runicorn.integrations.lightgbm import RunicornCallback

    data = lightgbm.Dataset(numbers[0], numbers[1])
    lightgbm.train(
        {"objective": "binary", "verbose": -1, "num_leaves": 4},
        data,
        num_boost_round=5,
        valid_sets=[data],
        callbacks=[RunicornCallback(**OPTIONS)],
    )

    run = written_run(written)
    losses = run.metrics("training/binary_logloss")
    assert [step for step, _ in losses] == list(range(5))
    assert losses[-1][1] < losses[0][1]
    assert run.config["lightgbm"]["num_leaves"] == 4
    assert run.status == "finished"


def test_lightgbm_cross_validation(written, numbers):
    lightgbm = pytest.importorskip("lightgbm")
    from runicorn.integrations.lightgbm import RunicornCallback

    data = lightgbm.Dataset(numbers[0], numbers[1])
    parameters = {"objective": "binary", "verbose": -1}
    lightgbm.cv(parameters, data, num_boost_round=3, nfold=2, callbacks=[RunicornCallback(**OPTIONS)])

    names = {name for event in written_run(written).events for name in event["data"]}
    assert {"valid/binary_logloss", "valid/binary_logloss-stdv"} <= names


def test_scikit_learn(written, numbers):
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    from runicorn.integrations.sklearn import log_estimator, log_evaluation, log_search

    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3).fit(*numbers)
    with runicorn.init(**OPTIONS) as run:
        log_estimator(run, search.best_estimator_)
        run.log(loss=0.5, step=7)
        scores = log_evaluation(run, search.best_estimator_, *numbers)
        log_search(run, search)

    found = written_run(written)
    assert scores["test/accuracy"] > 0.8
    assert found.summary["test/accuracy"] == scores["test/accuracy"]
    assert found.metrics("test/accuracy") == [(7, scores["test/accuracy"])]
    assert found.metrics("params/C") == [(0, 0.1), (1, 1.0)]
    assert found.config["estimator"] == "LogisticRegression"
    (table,) = [event["data"] for event in found.events if event["type"] == "table"]
    assert table["columns"] == ["true \\ predicted", "0", "1"]


def test_scikit_learn_regression(written, numbers):
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LinearRegression

    from runicorn.integrations.sklearn import log_evaluation

    model = LinearRegression().fit(*numbers)
    with runicorn.init(**OPTIONS) as run:
        scores = log_evaluation(run, model, *numbers, name="train")

    assert set(scores) == {"train/r2", "train/mae", "train/rmse"}
    assert all(math.isfinite(score) for score in scores.values())


def test_optuna(written):
    optuna = pytest.importorskip("optuna")
    from runicorn.integrations.optuna import RunicornCallback

    def objective(trial):
        x = trial.suggest_float("x", -1, 1)
        if trial.number == 1:
            raise optuna.TrialPruned
        return x * x

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    callback = RunicornCallback(**OPTIONS)
    study = optuna.create_study()
    study.optimize(objective, n_trials=5, callbacks=[callback])
    callback.finish()

    run = written_run(written)
    assert [step for step, _ in run.metrics("value")] == [0, 2, 3, 4]
    assert [state for _, state in run.metrics("state")].count("PRUNED") == 1
    assert run.summary["best_value"] == study.best_value
    assert run.summary["best_params"] == study.best_params
    assert run.status == "finished"


def test_torch_values_and_images(written):
    import torch

    with runicorn.init(**OPTIONS) as run:
        run.log(
            loss=torch.tensor(0.5, requires_grad=True),
            half=torch.tensor(0.25, dtype=torch.bfloat16),
            flag=torch.tensor(True),
            step_tensor=torch.tensor(3),
            vector=torch.arange(3),
            nan=torch.tensor(float("nan")),
        )
        run.log_image("picture", torch.zeros(3, 8, 8))
        run.log(weights=runicorn.Histogram(torch.randn(100, requires_grad=True)))

    (event, *_) = written_run(written).events
    data = event["data"]
    assert (data["loss"], data["half"], data["flag"], data["step_tensor"]) == (0.5, 0.25, True, 3)
    assert data["vector"] == [0, 1, 2]
    assert math.isnan(data["nan"])
