"""A classifier of dense layers, trained by stochastic gradient descent. Without a hidden layer: softmax regression."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from runicorn.demo.iris import Flowers


class Network:
    """Dense layers with ReLU between them and a softmax at the end."""

    def __init__(self, sizes: Sequence[int], *, random: np.random.Generator) -> None:
        """`sizes` are the numbers of inputs, of units of every hidden layer, and of classes."""
        pairs = list(itertools.pairwise(sizes))
        self.weights = [random.normal(0, np.sqrt(2 / rows), (rows, columns)) for rows, columns in pairs]
        self.biases = [np.zeros(columns) for _, columns in pairs]

    @property
    def size(self) -> int:
        """How many numbers are learned."""
        return sum(array.size for array in (*self.weights, *self.biases))

    def weight_norm(self) -> float:
        """Return the square root of the sum of all squared weights."""
        return float(np.sqrt(sum((weights**2).sum() for weights in self.weights)))

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the probability of every class, shape (n, classes)."""
        return self._activations(features)[-1]

    def evaluate(self, flowers: Flowers) -> tuple[float, float]:
        """Return the mean cross-entropy and the share classified right."""
        probabilities = self.predict(flowers.features)
        picked = probabilities[np.arange(len(flowers.species)), flowers.species]
        loss = -np.log(np.maximum(picked, 1e-300)).mean()
        return float(loss), float((probabilities.argmax(axis=1) == flowers.species).mean())

    def descend(self, batch: Flowers, *, learning_rate: float, weight_decay: float = 0.0) -> None:
        """Take one step down the gradient of the mean cross-entropy.

        `weight_decay` pulls the weights towards zero; over 2 / `learning_rate` it throws them ever further off.
        """
        activations = self._activations(batch.features)
        delta = activations[-1].copy()
        delta[np.arange(len(batch.species)), batch.species] -= 1
        delta /= len(batch.species)
        for layer in reversed(range(len(self.weights))):
            weight_gradient = activations[layer].T @ delta
            bias_gradient = delta.sum(axis=0)
            delta = (delta @ self.weights[layer].T) * (activations[layer] > 0)
            self.weights[layer] -= learning_rate * (weight_gradient + weight_decay * self.weights[layer])
            self.biases[layer] -= learning_rate * bias_gradient

    def _activations(self, features: np.ndarray) -> list[np.ndarray]:
        activations = [features]
        for weights, biases in zip(self.weights[:-1], self.biases[:-1], strict=True):
            activations.append(np.maximum(activations[-1] @ weights + biases, 0))
        logits = activations[-1] @ self.weights[-1] + self.biases[-1]
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        activations.append(exponentials / exponentials.sum(axis=1, keepdims=True))
        return activations
