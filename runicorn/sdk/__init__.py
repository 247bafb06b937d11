"""The writing side: what a training script imports. It touches files through `runicorn.storage` only."""

from runicorn.sdk.active import get_active_run, init
from runicorn.sdk.run import Run

__all__ = ["Run", "get_active_run", "init"]
