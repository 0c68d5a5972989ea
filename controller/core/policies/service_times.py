"""How long calls take, and from that how long one may take.

A logarithmic histogram of seconds per unit of work, two buckets an octave; halved now and then, so
that it follows what the stage does today. A deadline is four times the 99th percentile, between a
floor and a ceiling; the ceiling until there are enough samples. Left to the caller: leaving out a
handler's first call, and giving a call that was killed as a sample at its deadline.
"""

import struct
from bisect import bisect_left

LEAST_S = 50e-6
BUCKETS = 48
SAMPLES_NEEDED = 100
SAMPLES_FOR_ORDINARY = 10
"""Half of them may be anything."""
FACTOR = 4.0
_HALVE_AT = 20_000
_PER_OCTAVE = 2
_LAYOUT = struct.Struct(f"<{BUCKETS}I")
UPPER_S = tuple(LEAST_S * 2 ** (place / _PER_OCTAVE) for place in range(BUCKETS))


class ServiceTimes:
    """Samples of one stage."""

    def __init__(self, content: bytes = b"") -> None:
        known = len(content) == _LAYOUT.size
        self._recent = list(_LAYOUT.unpack(content)) if known else [0] * BUCKETS
        self._samples = sum(self._recent)
        self._p99_s: float | None = None
        self._median_s: float | None = None
        self._counted = [0] * BUCKETS
        self.sum_s = 0.0

    @property
    def samples(self) -> int:
        """Count the recent samples."""
        return self._samples

    def note(self, service_s: float, units: float) -> None:
        """Count a call."""
        place = _place(service_s / units)
        self._recent[place] += 1
        self._samples += 1
        if self._samples % 32 == 0:
            self._p99_s = self._median_s = None
        if self._samples >= _HALVE_AT:
            self._recent = [count // 2 for count in self._recent]
            self._samples = sum(self._recent)

    def count(self, service_s: float) -> None:
        """Count a call for the figures, whatever it was."""
        self._counted[_place(service_s)] += 1
        self.sum_s += service_s

    def quantile_s(self, share: float) -> float:
        """Return the seconds per unit under which this share of the calls stays."""
        wanted = share * self._samples
        seen = 0
        for place, count in enumerate(self._recent):
            seen += count
            if seen >= wanted and count:
                return UPPER_S[place]
        return UPPER_S[-1]

    @property
    def ordinary_s(self) -> float | None:
        """Return the seconds that a unit of work usually takes; None while too few were seen."""
        if self._samples < SAMPLES_FOR_ORDINARY:
            return None
        if self._median_s is None:
            self._median_s = self.quantile_s(0.5)
        return self._median_s

    def deadline_s(self, units: float, floor_s: float, ceiling_s: float) -> float:
        """Return how long a call of so many units may take."""
        if self._samples < SAMPLES_NEEDED:
            return ceiling_s
        if self._p99_s is None:
            self._p99_s = self.quantile_s(0.99)
        return min(max(FACTOR * self._p99_s * units, floor_s), ceiling_s)

    def buckets(self) -> tuple[tuple[float, int], ...]:
        """Return everything counted, by upper bound."""
        return tuple(zip(UPPER_S, self._counted, strict=True))

    def content(self) -> bytes:
        """Return the recent samples, for a successor."""
        return _LAYOUT.pack(*self._recent)


def _place(seconds: float) -> int:
    return min(bisect_left(UPPER_S, seconds), BUCKETS - 1)
