"""A plain PyTorch loop that crashes half way and is resumed from its checkpoint, in one run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

import runicorn

EPOCHS, CRASH_AT = 12, 7


class Preempted(Exception):
    """What a cluster does to a job, on purpose here."""


def load_data() -> tuple[DataLoader, TensorDataset]:
    """The digits: a shuffled loader to train on, and a test set."""
    images, truth = load_digits(return_X_y=True)
    features, labels = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(truth)
    train = TensorDataset(features[:1300], labels[:1300])
    return DataLoader(train, batch_size=64, shuffle=True), TensorDataset(features[1300:], labels[1300:])


def train(run: runicorn.Run, checkpoint: Path, *, crash: bool) -> None:
    """Train to the last epoch, from the checkpoint when there is one."""
    loader, test = load_data()
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=run.config.lr)
    first = 1
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["epoch"] + 1
    for epoch in range(first, EPOCHS + 1):
        losses = []
        for features, labels in loader:
            loss = cross_entropy(model(features), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        accuracy = (model(test.tensors[0]).argmax(1) == test.tensors[1]).float().mean()
        run.log({"train/loss": torch.stack(losses).mean(), "test/accuracy": accuracy}, step=epoch)
        run.log(weights=runicorn.Histogram(model[0].weight), step=epoch)
        if crash and epoch == CRASH_AT:
            raise Preempted
        if epoch % 5 == 0:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
            torch.save(state, checkpoint)


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder, "checkpoint.pt")
        run = runicorn.init("digits", name="torch", config={"lr": 1e-3, "epochs": EPOCHS})
        try:
            with run:
                train(run, checkpoint, crash=True)
        except Preempted:
            print(f"Run {run.id} was preempted after epoch {CRASH_AT}; it goes on from its checkpoint.")
        with runicorn.init("digits", name="torch", run_id=run.id, resume="must") as again:
            train(again, checkpoint, crash=False)


if __name__ == "__main__":
    main()
