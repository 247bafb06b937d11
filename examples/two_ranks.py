"""Two processes of torch.distributed (gloo, CPU) write one run: rank 0 owns it, rank 1 has a segment of its own."""

from __future__ import annotations

import os
import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import runicorn
from runicorn.storage.names import new_run_id

RANKS, STEPS = 2, 60


def train(rank: int, run_id: str, port: int) -> None:
    """What every rank does."""
    os.environ.update(RANK=str(rank), WORLD_SIZE=str(RANKS), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    generator = torch.Generator().manual_seed(rank)
    model = DistributedDataParallel(nn.Linear(5, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    weights = torch.arange(5.0)
    with runicorn.init("ranks", name="gloo", run_id=run_id, config={"ranks": RANKS, "lr": 0.05}) as run:
        for step in range(1, STEPS + 1):
            features = torch.randn(32, 5, generator=generator)
            loss = (model(features).squeeze(1) - features @ weights).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.log({f"rank{rank}/loss": loss}, step=step)
            mean = loss.detach().clone()
            dist.all_reduce(mean)
            if rank == 0:
                run.log({"loss": mean / RANKS}, step=step)
    dist.destroy_process_group()


def main() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    multiprocessing.spawn(train, args=(new_run_id(), port), nprocs=RANKS)


if __name__ == "__main__":
    main()
