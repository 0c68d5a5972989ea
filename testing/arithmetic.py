"""The little statistics that benches need."""

import math
from collections.abc import Iterable, Sequence


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value under or at which this share of the values lies."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def jain_index(values: Sequence[float]) -> float:
    """Return Jain's fairness index: 1 when all are equal, 1/n when one has everything."""
    return sum(values) ** 2 / (len(values) * sum(value * value for value in values))


def fair_shares(demands: dict[str, float], capacity: float) -> dict[str, float]:
    """Return each key's max-min fair share of a capacity (water filling)."""
    shares: dict[str, float] = {}
    left = dict(demands)
    while left:
        equal = (capacity - sum(shares.values())) / len(left)
        modest = {key: demand for key, demand in left.items() if demand <= equal}
        if not modest:
            return shares | dict.fromkeys(left, equal)
        shares |= modest
        left = {key: demand for key, demand in left.items() if key not in modest}
    return shares
