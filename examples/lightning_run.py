"""PyTorch Lightning with Runicorn's logger."""

from __future__ import annotations

import lightning
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from runicorn.integrations.lightning import RunicornLogger


class Digits(lightning.LightningModule):
    """A small network for 8 by 8 digits."""

    def __init__(self, width: int = 48, lr: float = 2e-3) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Dropout(0.1), nn.Linear(width, 10))

    def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
        loss = cross_entropy(self.network(batch[0]), batch[1])
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
        predicted = self.network(batch[0])
        self.log("val/loss", cross_entropy(predicted, batch[1]))
        self.log("val/accuracy", (predicted.argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


def main() -> None:
    torch.set_num_threads(1)
    images, truth = load_digits(return_X_y=True)
    data = TensorDataset(torch.tensor(images / 16, dtype=torch.float32), torch.tensor(truth))
    train, test = torch.utils.data.random_split(data, [0.7, 0.3], torch.Generator().manual_seed(0))
    trainer = lightning.Trainer(
        logger=RunicornLogger(project="digits", name="lightning", log_model=True),
        max_epochs=8,
        log_every_n_steps=5,
        accelerator="cpu",
        callbacks=[lightning.pytorch.callbacks.ModelCheckpoint(monitor="val/loss")],
    )
    trainer.fit(Digits(), DataLoader(train, batch_size=64, shuffle=True), DataLoader(test, batch_size=256))


if __name__ == "__main__":
    main()
