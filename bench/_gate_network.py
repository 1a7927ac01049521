"""Trains the network that says how much of a line of writing a reader will miss."""

from dataclasses import dataclass

import numpy as np

from kiosk.scan.picture import Floats

HIDDEN = 10
_STEPS = 300
_RATE = 0.02
_DECAY = 1e-3
_KEEP = (0.9, 0.99)
_START = -2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """Weights for measures as they come: one hidden layer of tanh, one logistic output."""

    inner: Floats
    bias: Floats
    outer: Floats
    shift: float

    def lost(self, values: Floats) -> Floats:
        """Return (lines,) the share expected to be lost, 0-1, of (lines, measures)."""
        odds = np.tanh(values @ self.inner + self.bias) @ self.outer + self.shift
        lost: Floats = 1 / (1 + np.exp(-odds))
        return lost


def train(values: Floats, lost: Floats, weight: Floats, seed: int = 0) -> Network:
    """Return the network that gives the lines that were read the greatest likelihood.

    Adam (Kingma and Ba, 2015) on all lines at once, with weight decay.

    Args:
        values: (lines, measures).
        lost: (lines,) share of the letters of each that was not read, 0-1.
        weight: (lines,) how much each counts.
        seed: Of the weights begun with.
    """
    rng = np.random.default_rng(seed)
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    scaled, weight = (values - mean) / spread, weight / weight.sum()
    width = values.shape[1]
    weights = [
        rng.normal(0, 0.3, (width, HIDDEN)),
        np.zeros(HIDDEN),
        rng.normal(0, 0.3, HIDDEN),
        np.array(_START),
    ]
    first = [np.zeros_like(w) for w in weights]
    second = [np.zeros_like(w) for w in weights]
    for step in range(1, _STEPS + 1):
        slopes = _slopes(weights, scaled, lost, weight)
        for n, slope in enumerate(slopes):
            first[n] = _KEEP[0] * first[n] + (1 - _KEEP[0]) * slope
            second[n] = _KEEP[1] * second[n] + (1 - _KEEP[1]) * slope**2
            ahead = first[n] / (1 - _KEEP[0] ** step)
            size = np.sqrt(second[n] / (1 - _KEEP[1] ** step)) + 1e-8
            weights[n] = weights[n] - _RATE * ahead / size
    inner = weights[0] / spread[:, None]
    return Network(
        inner=inner,
        bias=weights[1] - mean @ inner,
        outer=weights[2],
        shift=float(weights[3]),
    )


def _slopes(weights: list[Floats], scaled: Floats, lost: Floats, weight: Floats) -> list[Floats]:
    """Return how the loss, in log-likelihood and size of the weights, changes with each weight."""
    inner, bias, outer, shift = weights
    hidden = np.tanh(scaled @ inner + bias)
    expected = 1 / (1 + np.exp(-(hidden @ outer + shift)))
    wrong = (expected - lost) * weight
    back = np.outer(wrong, outer) * (1 - hidden**2)
    return [
        scaled.T @ back + _DECAY * inner,
        back.sum(axis=0),
        hidden.T @ wrong + _DECAY * outer,
        wrong.sum(),
    ]
