"""What counts say of rates: bounds of a Poisson count."""

import math

CERTAIN = 0.95


def highest_mean(count: int, certain: float = CERTAIN) -> float:
    """Return the largest mean under which so few would still be seen once in twenty times."""
    low, high = float(count), 10.0 + 4 * count
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(count, middle) > 1 - certain:
            low = middle
        else:
            high = middle
    return high


def _at_most(count: int, mean: float) -> float:
    return math.fsum(
        math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count + 1)
    )
