"""What moves on a camera, as a density: two histograms, a slow and a fast one. Pure.

Everything that moves is described by a *pattern*: how far to the right and how far down it goes,
and how much it is like a person who walks. A histogram over these three axes is the memory of
normal; patterns from everywhere in the picture share it, because a memory for every place of its
own sees too little.
Reading it goes through a kernel that falls exponentially, so that surprise (the negative
logarithm of the density) grows evenly with the distance from what is known, also far from
everything that was ever seen.

Two histograms forget at different paces. They are mixed by how well each has predicted the
patterns of the last chunks, so that a market day becomes normal within minutes and is not
forgotten by a quiet night.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.types import Floats

SPEED_UNIT = 0.25  # pixels in the base interval; linear below, logarithmic above
_LOWEST = np.array([-4.0, -4.0, -4.0], np.float32)
_HIGHEST = np.array([4.0, 4.0, 4.0], np.float32)
BINS = (33, 33, 12)  # to the right, down, like a walker
KERNEL_BINS = (0.4, 0.4, 3.0)  # distance over which the density falls to 1/e, by axis
HALF_LIVES_S = (86_400.0, 300.0)
_TRUST_CHUNKS = 20  # how many chunks the mixing weights look back
_LEAST_TRUST = 0.05
_FLOOR = 1e-12

Patterns = NDArray[np.intp]  # places in the flattened histogram


@attrs.define
class PatternMemory:
    """Slow and fast histograms, and the mean log density that each gave lately."""

    counts: NDArray[np.float32] = attrs.field(factory=lambda: np.zeros((2, *BINS), np.float32))
    merit: NDArray[np.float32] = attrs.field(factory=lambda: np.zeros(2, np.float32))


def find_patterns(u: Floats, v: Floats, walks: Floats) -> Patterns:
    """Return the histogram places of things with these properties."""
    place = np.zeros(u.shape, np.intp)
    unit = np.float32(1 / SPEED_UNIT)
    values = (np.arcsinh(u * unit), np.arcsinh(v * unit), walks)
    for value, low, high, bins in zip(values, _LOWEST, _HIGHEST, BINS, strict=True):
        share = (value - low) * np.float32(bins / (high - low))
        place = place * bins + np.clip(share, 0, bins - 1).astype(np.intp)
    return place


def surprise_table(memory: PatternMemory) -> Floats:
    """Return the surprise of every pattern: zero for what is typical here, flattened."""
    totals = memory.counts.sum((1, 2, 3), keepdims=True)
    if totals[0] < 1:
        return np.zeros(np.prod(BINS), np.float32)
    shares = memory.counts / np.maximum(totals, _FLOOR)
    weights = _trust(memory, has_fast=bool(totals[1] >= 1))
    share = np.tensordot(weights, shares, 1)
    surprise = -np.log(_spread(share) + _FLOOR)
    typical = float((share * surprise).sum())
    return np.asarray(np.maximum(surprise - typical, 0), np.float32).ravel()


def note_patterns(
    memory: PatternMemory, patterns: Patterns, weights: Floats, duration_s: float
) -> None:
    """Learn what was seen in one chunk."""
    new = np.bincount(patterns, weights, int(np.prod(BINS))).reshape(BINS).astype(np.float32)
    mass, seen = float(new.sum()), new > 0
    if mass > 0 and memory.counts[0].sum() > 0:
        for which, counts in enumerate(memory.counts):
            density = _spread(counts / max(float(counts.sum()), _FLOOR))[seen] + _FLOOR
            told = float((new[seen] * np.log(density)).sum()) / mass
            memory.merit[which] += (told - memory.merit[which]) / _TRUST_CHUNKS
    for which, half_life_s in enumerate(HALF_LIVES_S):
        memory.counts[which] = memory.counts[which] * 0.5 ** (duration_s / half_life_s) + new


def _trust(memory: PatternMemory, *, has_fast: bool) -> Floats:
    if not has_fast:
        return np.array([1, 0], np.float32)
    odds = np.exp(memory.merit - memory.merit.max())
    slow = float(np.clip(odds[0] / odds.sum(), _LEAST_TRUST, 1 - _LEAST_TRUST))
    return np.array([slow, 1 - slow], np.float32)


def _kernel(bins: int, reach: float) -> Floats:
    distance = np.abs(np.arange(bins)[:, None] - np.arange(bins)[None])
    kernel = np.exp(-distance / reach)
    return np.asarray(kernel / (1 + 2 / np.expm1(1 / reach)), np.float32)


_KERNELS = tuple(_kernel(bins, reach) for bins, reach in zip(BINS, KERNEL_BINS, strict=True))


def _spread(share: Floats) -> Floats:
    """Spread every count over its neighbours."""
    right, down, walks = _KERNELS
    wide = (right @ share.reshape(len(right), -1)).reshape(share.shape)
    return np.asarray(np.matmul(down, wide) @ walks.T, np.float32)
