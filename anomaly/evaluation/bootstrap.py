"""How far figures may be trusted: the same figures over clips that are drawn anew.  Pure."""

from collections.abc import Callable, Sequence

import numpy as np

DRAWS = 400
_SEED = 20
_EDGES = (2.5, 97.5)  # of a 95 % interval

Measured = dict[str, float]
Interval = tuple[float, float]


def intervals(
    measure: Callable[[Sequence[int], Sequence[int]], Measured], tests: int, ordinary: int
) -> dict[str, Interval]:
    """Return the interval of every figure; `measure` is told which clips were drawn."""
    rng = np.random.default_rng(_SEED)
    drawn: dict[str, list[float]] = {}
    for _ in range(DRAWS):
        for name, value in measure(_draw(rng, tests), _draw(rng, ordinary)).items():
            drawn.setdefault(name, []).append(value)
    return {name: _interval(values) for name, values in drawn.items()}


def _draw(rng: np.random.Generator, count: int) -> list[int]:
    drawn: list[int] = rng.integers(count, size=count).tolist() if count else []
    return drawn


def _interval(values: list[float]) -> Interval:
    known = np.array(values)[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, _EDGES)
    return float(low), float(high)
