"""Labels over many runs, by the name older scripts know; see `runicorn.extensions.experiment`."""

from runicorn.extensions.experiment import ExperimentManager, ExperimentMetadata

__all__ = ["ExperimentManager", "ExperimentMetadata"]
