"""Hugging Face's Trainer with Runicorn's callback, on a tiny model made here: nothing is downloaded."""

from __future__ import annotations

import tempfile

import torch
from torch import nn
from transformers import Trainer, TrainingArguments

from runicorn.integrations.transformers import RunicornCallback


class Parity(nn.Module):
    """Says whether a row of eight bits has an odd number of ones."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, bits: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        logits = self.network(bits)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def make_rows(count: int, seed: int) -> list[dict[str, torch.Tensor]]:
    """Rows of random bits with their parity."""
    bits = torch.randint(0, 2, (count, 8), generator=torch.Generator().manual_seed(seed)).float()
    return [{"bits": row, "labels": (row.sum() % 2).long()} for row in bits]


def accuracy(prediction) -> dict[str, float]:
    """What the Trainer adds to its evaluations."""
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=12,
            per_device_train_batch_size=64,
            learning_rate=0.01,
            logging_steps=10,
            eval_strategy="epoch",
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            seed=0,
        )
        trainer = Trainer(
            model=Parity(),
            args=arguments,
            train_dataset=make_rows(2000, 0),
            eval_dataset=make_rows(500, 1),
            compute_metrics=accuracy,
            callbacks=[RunicornCallback(project="parity", name="trainer")],
        )
        trainer.train()


if __name__ == "__main__":
    main()
