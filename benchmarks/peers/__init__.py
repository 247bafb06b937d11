"""The trackers that `compare.py` compares: one class each, all with the interface of `peers.peer.Peer`."""

from peers.aim import Aim
from peers.mlflow import MLflow
from peers.peer import Peer
from peers.runicorn import Published053, Published072, This
from peers.tensorboard import TensorBoard
from peers.trackio import Trackio

PEERS: dict[str, Peer] = {
    peer.key: peer for peer in (This(), Published053(), Published072(), TensorBoard(), MLflow(), Trackio(), Aim())
}
