"""How well a spotter finds what is there: hit rate, false alarms and d' from test frames. Pure.

Signal detection: d' = z(hit rate) - z(false alarm rate), in standard deviations between noise and
signal; 0 is guessing. Half a case is added to each cell (the log-linear correction), since a rate
of 0 or 1 has no z. Its variance is by Gourevitch & Galanter (Psychometrika 32, 1967); rates have
Wilson's interval, which stays between 0 and 1 for few cases too.
"""

from math import sqrt
from statistics import NormalDist

import attrs

CASES_MIN = 10
"""From so many on the interval says how little is known; of fewer it is nearly all there is."""

_NORMAL = NormalDist()


@attrs.frozen(kw_only=True)
class Counts:
    """Answers to test frames; *unsure* counts as flagged, since somebody else looks at it."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    rejections: int = 0

    @property
    def cases(self) -> int:
        """All answers."""
        return self.hits + self.misses + self.false_alarms + self.rejections

    def add(self, *, is_target: bool, is_flagged: bool) -> "Counts":
        """Count one answer."""
        names = {
            (True, True): "hits",
            (True, False): "misses",
            (False, True): "false_alarms",
            (False, False): "rejections",
        }
        name = names[is_target, is_flagged]
        return attrs.evolve(self, **{name: getattr(self, name) + 1})


@attrs.frozen
class Estimate:
    """A value and the interval that holds the true one with the asked confidence."""

    value: float
    low: float
    high: float


@attrs.frozen(kw_only=True)
class Vigilance:
    """What test frames say about a spotter."""

    cases: int
    hit_rate: Estimate | None
    false_alarm_rate: Estimate | None
    d_prime: Estimate | None


def estimate_vigilance(counts: Counts, confidence: float = 0.95) -> Vigilance | None:
    """Return the figures; None below `CASES_MIN`, or in part where one kind of frame is missing."""
    if counts.cases < CASES_MIN:
        return None
    targets = counts.hits + counts.misses
    others = counts.false_alarms + counts.rejections
    z = _NORMAL.inv_cdf(0.5 + confidence / 2)
    return Vigilance(
        cases=counts.cases,
        hit_rate=estimate_rate(counts.hits, targets, z) if targets else None,
        false_alarm_rate=estimate_rate(counts.false_alarms, others, z) if others else None,
        d_prime=_estimate_d_prime(counts, z) if targets and others else None,
    )


def estimate_rate(cases: int, of: int, z: float) -> Estimate:
    """Return a rate with Wilson's interval."""
    rate = cases / of
    middle = (rate + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(rate * (1 - rate) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    # At the ends the sum is exact in theory only.
    return Estimate(rate, min(rate, max(0.0, middle - half)), max(rate, min(1.0, middle + half)))


def _estimate_d_prime(counts: Counts, z: float) -> Estimate:
    hit_z, hit_variance = _z_and_variance(counts.hits, counts.hits + counts.misses)
    false_z, false_variance = _z_and_variance(
        counts.false_alarms, counts.false_alarms + counts.rejections
    )
    d_prime = hit_z - false_z
    half = z * sqrt(hit_variance + false_variance)
    return Estimate(d_prime, d_prime - half, d_prime + half)


def _z_and_variance(cases: int, of: int) -> tuple[float, float]:
    rate = (cases + 0.5) / (of + 1)
    score = _NORMAL.inv_cdf(rate)
    return score, rate * (1 - rate) / (of * _NORMAL.pdf(score) ** 2)
