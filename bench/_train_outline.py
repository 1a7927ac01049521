"""Trains what tells an edge of paper from another line: ``python -m bench._train_outline``.

Writes ``kiosk/scan/outline_weights.py``. Learns from made photographs of its own seeds, which no
test and no measure uses.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from bench._network import train, write
from kiosk.scan import outline_weights
from kiosk.scan.outline import find_leaders
from kiosk.scan.picture import Floats
from tests.paper import photo_set
from tests.paper.lens import through_jpeg

SEEDS = (1101, 1102)
HIDDEN = 16
_OFF = (0.012, 0.035)
"""Distance of a side from the true one, in widths of the page, where it is right, and is wrong."""

_SAVED_AGAIN = 95
"""JPEG quality the photographs are saved with once more, as a file that was passed on has been."""


def side_errors(quad: Floats, true: Floats) -> Floats:
    """Return (4,) how far each side lies off the true one at its worse end, in widths of the page.

    Args:
        quad: (4, 2) clockwise.
        true: (4, 2), clockwise too, from any corner on.
    """
    turns = [np.roll(true, -k, 0) for k in range(4)]
    true = min(turns, key=lambda turned: float(np.hypot(*(quad - turned).T).sum()))
    side = np.roll(true, -1, 0) - true
    length = np.hypot(*side.T)
    normal = np.stack([-side[:, 1], side[:, 0]], 1) / length[:, None]
    ends = [((end - true) * normal).sum(1) for end in (quad, np.roll(quad, -1, 0))]
    across = (np.roll(length, 1) + np.roll(length, -1)) / 2
    errors: Floats = np.abs(ends).max(0) / across
    return errors


def gather(photographs: int) -> tuple[Floats, Floats]:
    """Return (n, features) of sides, and (n,) how right each is."""
    features, errors = [], []
    for seed in SEEDS:
        for sample in photo_set(photographs, seed=seed, megapixels=1.3):
            leaders = find_leaders(through_jpeg(sample.image, _SAVED_AGAIN))
            if leaders is None:
                continue
            true = (np.array(sample.truth.corners) + 0.5) * leaders.scale - 0.5
            features.append(leaders.features.reshape(-1, leaders.features.shape[2]))
            errors += [side_errors(quad, true) for quad in leaders.quads]
        print(f"photographs of seed {seed} looked at", file=sys.stderr, flush=True)
    return np.concatenate(features), np.interp(np.concatenate(errors), _OFF, (1.0, 0.0))


def main() -> int:
    """Train and write; print how many sides of the training set are told right."""
    parser = argparse.ArgumentParser(prog="python -m bench._train_outline")
    parser.add_argument("--photos", type=int, default=300, help="of each seed (300)")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    features, right = gather(options.photos)
    weights = train(features, right, hidden=HIDDEN, epochs=25)
    target = Path(outline_weights.__file__)
    write(weights, target, "bench._train_outline")
    inner, bias, outer, shift = weights
    guess = np.tanh(features @ inner + bias) @ outer + shift > 0
    print(f"{len(right)} sides, {(guess == (right > 0.5)).mean():.3f} told right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
