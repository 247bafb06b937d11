"""Fisher's iris measurements: 150 flowers, four lengths each, three species.

Source: R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7 (1936), table I.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np

SPECIES = ("setosa", "versicolor", "virginica")
FEATURES = ("sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm")
VALIDATION_PER_SPECIES = 15


@dataclass(frozen=True, slots=True)
class Flowers:
    """`features` has shape (n, 4), each column of mean 0 and deviation 1 over all flowers; `species` has shape (n,)."""

    features: np.ndarray
    species: np.ndarray


def read_measurements() -> tuple[np.ndarray, np.ndarray]:
    """Return the lengths in cm, shape (150, 4), and the index into `SPECIES` of every flower, shape (150,)."""
    lines = files("runicorn.demo").joinpath("iris.csv").read_text(encoding="utf-8").split()
    rows = [line.split(",") for line in lines[1:]]
    lengths = np.array([[float(value) for value in row[:4]] for row in rows])
    return lengths, np.array([SPECIES.index(row[4]) for row in rows])


def split(seed: int) -> tuple[Flowers, Flowers]:
    """Return training and validation flowers, 35 and 15 of every species, drawn by `seed`."""
    lengths, species = read_measurements()
    features = (lengths - lengths.mean(axis=0)) / lengths.std(axis=0)
    random = np.random.default_rng(seed)
    by_species = [random.permutation(np.flatnonzero(species == index)) for index in range(len(SPECIES))]
    validation = np.concatenate([order[:VALIDATION_PER_SPECIES] for order in by_species])
    training = np.concatenate([order[VALIDATION_PER_SPECIES:] for order in by_species])
    return Flowers(features[training], species[training]), Flowers(features[validation], species[validation])
