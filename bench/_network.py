"""Trains the small networks of the scan stages: one hidden layer of tanh, and one answer."""

import base64
from pathlib import Path

import numpy as np

from kiosk.scan.picture import Floats

Weights = tuple[Floats, Floats, Floats, float]
"""Inner weights (features, hidden), their bias, outer weights (hidden,), and the last shift."""


def train(inputs: Floats, wanted: Floats, *, hidden: int, epochs: int) -> Weights:
    """Return weights by Adam on the logistic loss.

    Args:
        inputs: (n, features), of any unit: they are brought to mean 0 and deviation 1 first, and
            the weights returned are for them as they are.
        wanted: (n,) 0 to 1.
        hidden: Width of the hidden layer.
        epochs: How often all of it is gone through.
    """
    rng = np.random.default_rng(0)
    mean, spread = inputs.mean(0, dtype=np.float64), inputs.std(0, dtype=np.float64) + 1e-3
    scaled = (inputs - mean) / spread
    features = scaled.shape[1]
    weights = [
        rng.normal(0, features**-0.5, (features, hidden)),
        np.zeros(hidden),
        rng.normal(0, 0.3, hidden),
        np.zeros(()),
    ]
    slow = [np.zeros_like(w) for w in weights]
    square = [np.zeros_like(w) for w in weights]
    step = 0
    for epoch in range(epochs):
        rate = 0.004 * 0.5 ** (4 * epoch / epochs)
        for batch in np.array_split(rng.permutation(len(scaled)), max(1, len(scaled) // 512)):
            step += 1
            slopes = _slopes(weights, scaled[batch], wanted[batch])
            for w, m, s, g in zip(weights, slow, square, slopes, strict=True):
                m += 0.1 * (g - m)
                s += 0.001 * (g * g - s)
                fair = np.sqrt(s / (1 - 0.999**step)) + 1e-8
                w -= rate * (m / (1 - 0.9**step)) / fair
    inner = weights[0] / spread[:, None]
    return inner, weights[1] - mean @ inner, weights[2], float(weights[3])


def _slopes(weights: list[Floats], inputs: Floats, wanted: Floats) -> list[Floats]:
    inner, bias, outer, shift = weights
    hidden = np.tanh(inputs @ inner + bias)
    guess = 1 / (1 + np.exp(-(hidden @ outer + shift)))
    off = (guess - wanted) / len(inputs)
    back = off[:, None] * outer * (1 - hidden**2)
    decay = 1e-4
    return [
        inputs.T @ back + decay * inner,
        back.sum(0),
        hidden.T @ off + decay * outer,
        off.sum(),
    ]


def write(weights: Weights, target: Path, command: str) -> None:
    """Write the weights as a module of text, which any packager carries along."""
    inner, bias, outer, shift = weights
    flat = np.concatenate([inner.ravel(), bias, outer, [shift]]).astype("<f4")
    text = base64.b85encode(flat.tobytes()).decode("ascii")
    lines = "\n".join(f"    {text[i : i + 88]!r}" for i in range(0, len(text), 88))
    features, hidden = inner.shape
    module = _MODULE.format(command=command, features=features, hidden=hidden, lines=lines)
    target.write_text(module)


_MODULE = '''"""Weights of the network; written by ``python -m {command}``."""

import base64
from functools import cache

import numpy as np

from kiosk.scan.picture import Floats

_FEATURES, _HIDDEN = {features}, {hidden}


@cache
def load_weights() -> tuple[Floats, Floats, Floats, float]:
    """Return the inner weights, their bias, the outer weights and the last shift."""
    flat = np.frombuffer(base64.b85decode(_TEXT), "<f4")
    inner, bias, outer, shift = np.split(
        flat, [_FEATURES * _HIDDEN, (_FEATURES + 1) * _HIDDEN, (_FEATURES + 2) * _HIDDEN]
    )
    return inner.reshape(_FEATURES, _HIDDEN), bias, outer, float(shift[0])


# Single-precision floats, little-endian, in base 85.
_TEXT = (
{lines}
)
'''
