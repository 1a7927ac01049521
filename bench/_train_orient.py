"""Trains the small network that tells upright lines of writing from others.

``python -m bench._train_orient`` draws pages, photographs and scans with ``tests.paper``, trains
for about two minutes on one core and writes ``kiosk/scan/orient_weights.py``. The same machine
gives the same file.
"""

import base64
import sys
from pathlib import Path

import cv2
import numpy as np

from kiosk.scan.orient import FEATURES, WORK_SIDE, find_lines, line_features, page_darkness
from kiosk.scan.picture import Floats, Pixels
from tests.paper import CATEGORIES, KINDS, CleanPage, draw_page, photograph

HIDDEN = 24
PAGES_A_KIND = 14
FIRST_SEED = 700_000
"""Far from the seeds of the tests."""
TARGET = Path(__file__).parent.parent / "kiosk" / "scan" / "orient_weights.py"


def _looks(page: CleanPage, seed: int) -> list[Pixels]:
    """Return grey images of a page as a scanner or camera might give them, upright."""
    rng = np.random.default_rng([seed, 3])
    grey = cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY)
    looks = []
    for _ in range(2):
        side = WORK_SIDE * rng.uniform(0.62, 1.0)
        scale = side / max(grey.shape)
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = small.shape
        lean = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-0.8, 0.8), 1)
        small = cv2.warpAffine(small, lean, (width, height), borderMode=cv2.BORDER_REPLICATE)
        small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.2, 1.3))
        noisy = small * rng.uniform(0.6, 1.0) + rng.normal(0, rng.uniform(1, 7), small.shape)
        looks.append(np.clip(noisy, 0, 255).astype(np.uint8))
    looks.append(_photographed(page, seed))
    return looks


def _photographed(page: CleanPage, seed: int) -> Pixels:
    sample = photograph(page, seed, CATEGORIES[seed % len(CATEGORIES)])
    height, width = page.image.shape[:2]
    scale = WORK_SIDE / max(height, width)
    size = (round(width * scale), round(height * scale))
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    view = cv2.getPerspectiveTransform(np.array(sample.truth.corners, np.float32), target)
    flat = cv2.warpPerspective(sample.image, view, size, borderMode=cv2.BORDER_REPLICATE)
    return cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY)


def gather() -> tuple[Floats, Floats]:
    """Return the features of all lines in all four turns, and 1 where they stand upright."""
    features, upright = [], []
    written = [kind for kind in KINDS if kind != "blank"]
    for number in range(PAGES_A_KIND * len(written)):
        seed = FIRST_SEED + number
        for look in _looks(draw_page(written[number % len(written)], seed), seed):
            darkness = page_darkness(look)
            for turns in (0, 1):
                turned = np.rot90(darkness, -turns)
                standing, flipped, _ = line_features(turned, find_lines(turned))
                features += [standing, flipped]
                upright += [np.full(len(standing), turns == 0), np.zeros(len(flipped), bool)]
        print(f"\rpages drawn: {number + 1}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return np.concatenate(features), np.concatenate(upright).astype(np.float32)


def train(features: Floats, upright: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Return the weights of one hidden layer of tanh, by Adam on the logistic loss."""
    rng = np.random.default_rng(0)
    weights = [
        rng.normal(0, 0.08, (FEATURES, HIDDEN)),
        np.zeros(HIDDEN),
        rng.normal(0, 0.3, HIDDEN),
        np.zeros(()),
    ]
    mean = [np.zeros_like(w) for w in weights]
    square = [np.zeros_like(w) for w in weights]
    balance = np.where(upright > 0, 3.0, 1.0)  # each line stands upright in one turn of four
    inputs = features.astype(np.float64) - 1.0
    step = 0
    for epoch in range(60):
        rate = 0.004 * 0.5 ** (epoch / 15)
        for batch in np.array_split(rng.permutation(len(inputs)), max(1, len(inputs) // 256)):
            step += 1
            for w, m, s, g in zip(
                weights,
                mean,
                square,
                _slopes(weights, inputs[batch], upright[batch], balance[batch]),
                strict=True,
            ):
                m += 0.1 * (g - m)
                s += 0.001 * (g * g - s)
                fair = np.sqrt(s / (1 - 0.999**step)) + 1e-8
                w -= rate * (m / (1 - 0.9**step)) / fair
    return weights[0], weights[1], weights[2], float(weights[3])


def _slopes(
    weights: list[Floats], inputs: Floats, upright: Floats, balance: Floats
) -> list[Floats]:
    inner, bias, outer, shift = weights
    hidden = np.tanh(inputs @ inner + bias)
    guess = 1 / (1 + np.exp(-(hidden @ outer + shift)))
    off = balance * (guess - upright) / len(inputs)
    back = off[:, None] * outer * (1 - hidden**2)
    decay = 1e-4
    return [
        inputs.T @ back + decay * inner,
        back.sum(0),
        hidden.T @ off + decay * outer,
        off.sum(),
    ]


def write(weights: tuple[Floats, Floats, Floats, float]) -> None:
    """Write the weights as a module of text, which any packager carries along."""
    inner, bias, outer, shift = weights
    flat = np.concatenate([inner.ravel(), bias, outer, [shift]]).astype("<f2")
    text = base64.b85encode(flat.tobytes()).decode("ascii")
    lines = "\n".join(f"    {text[i : i + 88]!r}" for i in range(0, len(text), 88))
    TARGET.write_text(_MODULE.format(features=FEATURES, hidden=HIDDEN, lines=lines))


_MODULE = '''"""Weights of the network; written by ``python -m bench._train_orient``."""

import base64
from functools import cache

import numpy as np

from kiosk.scan.picture import Floats

_FEATURES, _HIDDEN = {features}, {hidden}


@cache
def load_weights() -> tuple[Floats, Floats, Floats, float]:
    """Return the inner weights, their bias, the outer weights and the last shift."""
    flat = np.frombuffer(base64.b85decode(_TEXT), "<f2").astype(np.float32)
    inner, bias, outer, shift = np.split(
        flat, [_FEATURES * _HIDDEN, (_FEATURES + 1) * _HIDDEN, (_FEATURES + 2) * _HIDDEN]
    )
    return inner.reshape(_FEATURES, _HIDDEN), bias, outer, float(shift[0])


# Half-precision floats, little-endian, in base 85.
_TEXT = (
{lines}
)
'''


def main() -> int:
    """Train and write; print how many lines of the training set are told right."""
    features, upright = gather()
    weights = train(features, upright)
    write(weights)
    inner, bias, outer, shift = weights
    guess = np.tanh((features - 1.0) @ inner + bias) @ outer + shift > 0
    print(f"{len(upright)} lines, {(guess == (upright > 0)).mean():.3f} told right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
