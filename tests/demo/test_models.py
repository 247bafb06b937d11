"""The demo's data, model and pictures, without a viewer."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from runicorn.demo import pictures
from runicorn.demo.iris import Flowers, read_measurements, split
from runicorn.demo.network import Network


def test_the_measurements_are_fishers():
    lengths, species = read_measurements()

    assert lengths.shape == (150, 4)
    assert np.bincount(species).tolist() == [50, 50, 50]
    means = [lengths[species == index].mean(axis=0).round(3).tolist() for index in range(3)]
    assert means == [[5.006, 3.428, 1.462, 0.246], [5.936, 2.77, 4.26, 1.326], [6.588, 2.974, 5.552, 2.026]]
    # Two flowers that some copies of the data have wrong.
    assert lengths[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert lengths[37].tolist() == [4.9, 3.6, 1.4, 0.1]


def test_no_flower_is_in_both_parts():
    training, validation = split(3)
    rows = {tuple(row) for row in training.features} & {tuple(row) for row in validation.features}

    assert (len(training.species), len(validation.species)) == (105, 45)
    assert len(rows) <= 2  # the data hold equal flowers


def test_a_step_follows_the_gradient():
    flowers = split(0)[0]
    network = Network([4, 5, 3], random=np.random.default_rng(0))
    weights = network.weights[0].copy()
    before = network.evaluate(flowers)[0]
    network.weights[0][1, 2] += 1e-6
    slope = (network.evaluate(flowers)[0] - before) / 1e-6
    network.weights[0][1, 2] = weights[1, 2]

    network.descend(flowers, learning_rate=1e-3)

    assert (weights - network.weights[0])[1, 2] / 1e-3 == pytest.approx(slope, rel=1e-3)


def test_softmax_regression_learns_the_species():
    training, validation = split(0)
    network = Network([4, 3], random=np.random.default_rng(0))
    for _ in range(500):
        network.descend(training, learning_rate=0.5)

    assert network.evaluate(validation)[1] > 0.9


def test_pictures_are_png_files_other_programs_read():
    network = Network([4, 3], random=np.random.default_rng(0))
    for png in (pictures.draw_regions(network, split(0)[0]), pictures.draw_confusion(network, split(0)[1])):
        image = Image.open(io.BytesIO(png))
        image.load()
        assert (image.size, image.mode) == ((240, 240), "RGB")


def test_a_png_holds_the_pixels_it_was_given():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)

    assert (np.asarray(Image.open(io.BytesIO(pictures.encode_png(pixels)))) == pixels).all()


def test_the_confusion_of_a_perfect_model_is_a_diagonal():
    class Perfect:
        def predict(self, features):
            return np.eye(3)[flowers.species]

    flowers = Flowers(np.zeros((6, 4)), np.array([0, 0, 1, 1, 2, 2]))
    image = np.asarray(Image.open(io.BytesIO(pictures.draw_confusion(Perfect(), flowers))))

    assert (image[40, 40] == pictures.COLOURS[0]).all()
    assert (image[40, 120] == 255).all()
    assert (image[200, 200] == pictures.COLOURS[2]).all()
