"""Train the demo's models, logging through the SDK exactly as a user's script would."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

import runicorn
from runicorn.demo.iris import FEATURES, SPECIES, Flowers, split
from runicorn.demo.network import Network
from runicorn.demo.pictures import draw_confusion, draw_regions

PROJECT = "iris"
BATCH = 15
PICTURES = 4
"""How many times during a run pictures are taken."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One model to train. `hidden` are the units of every hidden layer; none makes softmax regression."""

    name: str
    hidden: tuple[int, ...] = ()
    learning_rate: float = 0.1
    weight_decay: float = 0.0
    epochs: int = 80
    seed: int = 0
    tags: tuple[str, ...] = ()


RECIPES = (
    *(Recipe("softmax", seed=seed, tags=("baseline",)) for seed in range(3)),
    *(Recipe("mlp-8", hidden=(8,), learning_rate=rate, tags=("sweep",)) for rate in (0.01, 0.05, 0.2)),
    *(Recipe("mlp-16", hidden=(16,), learning_rate=0.1, seed=seed, tags=("seeds",)) for seed in range(3)),
    Recipe("mlp-16-16", hidden=(16, 16), learning_rate=0.05),
    Recipe("diverging", hidden=(16,), weight_decay=60.0, tags=("on-purpose",)),
)
LIVE = Recipe("live", hidden=(16,), learning_rate=0.002, epochs=600, tags=("live",))


def train(recipe: Recipe, root: Path, *, seconds: float = 0.0) -> str:
    """Train one model into a run below `root` and return the run's id.

    `seconds` stretches the training to about that long, for somebody to watch.
    """
    config = {**asdict(recipe), "batch": BATCH, "features": list(FEATURES), "species": list(SPECIES)}
    del config["name"], config["tags"]
    with runicorn.init(PROJECT, name=recipe.name, storage=str(root), config=config, tags=list(recipe.tags)) as run:
        run.set_primary_metric("val/accuracy", mode="max")
        _take_flowers(run)
        training, validation = split(recipe.seed)
        run.log_text(f"{len(training.species)} flowers to learn from, {len(validation.species)} to check with")
        sizes = [len(FEATURES), *recipe.hidden, len(SPECIES)]
        network = Network(sizes, random=np.random.default_rng(recipe.seed + 100))
        # The numbers of the diverging run are meant to overflow.
        with np.errstate(all="ignore"):
            for epoch in _epochs(network, recipe, training):
                _log_epoch(run, network, training, validation, step=epoch, total=recipe.epochs)
                if seconds:
                    time.sleep(seconds / recipe.epochs)
            _conclude(run, network, validation)
        if recipe.hidden and np.isfinite(network.weight_norm()):
            _keep_weights(run, network, name=f"iris-{recipe.name}")
        return run.id


def _take_flowers(run: runicorn.Run) -> None:
    """Record that the run learns from the data set, which the first run stores."""
    try:
        run.use_artifact("iris:latest")
    except FileNotFoundError:
        with as_file(files("runicorn.demo").joinpath("iris.csv")) as path:
            run.log_artifact(runicorn.Artifact("iris", "dataset", "Fisher's measurements").add_file(path))


def _keep_weights(run: runicorn.Run, network: Network, *, name: str) -> None:
    """Store the weights of the network as the next version of the model `name`."""
    arrays: dict[str, Any] = {f"weights_{layer}": array for layer, array in enumerate(network.weights)}
    arrays |= {f"biases_{layer}": array for layer, array in enumerate(network.biases)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.npz"
        np.savez(path, **arrays)
        run.log_artifact(runicorn.Artifact(name, "model", metadata={"layers": len(network.weights)}).add_file(path))


def _epochs(network: Network, recipe: Recipe, training: Flowers) -> Iterator[int]:
    """Train `network` and yield the number of every epoch, from 1, as it ends."""
    random = np.random.default_rng(recipe.seed)
    for epoch in range(1, recipe.epochs + 1):
        order = random.permutation(len(training.species))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = Flowers(training.features[rows], training.species[rows])
            network.descend(batch, learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay)
        yield epoch


def _log_epoch(
    run: runicorn.Run, network: Network, training: Flowers, validation: Flowers, *, step: int, total: int
) -> None:
    loss, accuracy = network.evaluate(training)
    val_loss, val_accuracy = network.evaluate(validation)
    metrics = {"train/loss": loss, "train/accuracy": accuracy, "val/loss": val_loss, "val/accuracy": val_accuracy}
    run.log({**metrics, "weight_norm": network.weight_norm()}, step=step)
    if step % 10 == 0 or step == 1:
        run.log_text(f"epoch {step:4d}  loss {loss:.4f}  val loss {val_loss:.4f}  val accuracy {val_accuracy:.3f}")
    if np.isfinite(loss) and step in np.geomspace(1, total, PICTURES).round():
        run.log_image("regions", draw_regions(network, training), step=step, caption="petal length by petal width")
        run.log_image("confusion", draw_confusion(network, validation), step=step, caption="true by predicted species")


def _conclude(run: runicorn.Run, network: Network, validation: Flowers) -> None:
    loss, accuracy = network.evaluate(validation)
    run.summary({"val_loss": loss, "val_accuracy": accuracy, "parameters": network.size})
    run.log_text("done" if np.isfinite(loss) else "the loss is no number any more: the weight decay is far too large")
