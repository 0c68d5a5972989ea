"""Of boxes of one label that overlap, the strongest stays.  Pure."""

import numpy as np
from numpy.typing import NDArray

from anomaly.types import Floats

_OVERLAP = 0.45


def suppress(corners: Floats, strength: Floats, labels: NDArray[np.intp]) -> list[int]:
    """Return the places of those that stay, the strongest first."""
    kept: list[int] = []
    for place in np.argsort(-strength).tolist():
        rivals = [k for k in kept if labels[k] == labels[place]]
        if all(_overlap(corners[place], corners[k]) < _OVERLAP for k in rivals):
            kept.append(place)
    return kept


def _overlap(one: Floats, other: Floats) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = float(np.prod(np.maximum(high - low, 0)))
    areas = float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]))
    return shared / max(areas - shared, 1e-9)
