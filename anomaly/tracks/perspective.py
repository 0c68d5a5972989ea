"""How tall things are, by how far up or down the picture their feet are: a line, learned.  Pure."""

import attrs
import numpy as np

from anomaly.types import Floats

_MOST_MASS = 20_000.0
_FLAT_MASS = 50.0  # until that much is known, feet are taken to say nothing
_LEAST_OF_MEAN = 0.25  # the line is not followed below this share of the mean height


@attrs.define
class Perspective:
    """Decayed sums for a line through heights, by the row of the feet."""

    mass: float = 0.0
    foot: float = 0.0
    height: float = 0.0
    foot_foot: float = 0.0
    foot_height: float = 0.0


def note_heights(perspective: Perspective, foot: Floats, height: Floats, weights: Floats) -> None:
    """Learn from what was seen."""
    keep = min(1.0, _MOST_MASS / max(perspective.mass, 1.0))
    ones = np.ones_like(foot)
    products = (ones, foot, height, foot * foot, foot * height)
    for field, values in zip(attrs.fields(Perspective), products, strict=True):
        old = float(getattr(perspective, field.name))
        setattr(perspective, field.name, old * keep + float((weights * values).sum()))


def expected_height(perspective: Perspective, foot: Floats) -> Floats:
    """Return how tall things with their feet there usually are, in pixels; zero without any."""
    mass = perspective.mass
    if mass <= 0:
        return np.zeros_like(foot)
    mean_foot, mean_height = perspective.foot / mass, perspective.height / mass
    varies = perspective.foot_foot / mass - mean_foot**2
    together = perspective.foot_height / mass - mean_foot * mean_height
    # A row or two of pixels of spread say nothing of perspective, and neither do few people.
    slope = together / (varies + 4.0) * mass / (mass + _FLAT_MASS)
    line = mean_height + slope * (foot - mean_foot)
    return np.asarray(np.maximum(line, _LEAST_OF_MEAN * mean_height), np.float32)
