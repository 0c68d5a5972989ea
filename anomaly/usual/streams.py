"""What a stream of evidence usually is on a camera, picture by picture, and how rare more is. Pure.

Streams measure different things in different units: the surprise of what moves, the energy of
motion in grey levels. Each is compared with its own history on this camera and so becomes a *tail*:
the negative logarithm of the share of pictures that show as much. Beyond the 95 % quantile the
excesses are taken as exponential; since neighbouring pictures are alike, a few hundred of them tell
no more than a few dozen would, and the mean excess is widened for that. Tails of streams are
comparable and may be added. What goes far beyond counts logarithmically: one stream alone, however
wild, must not outweigh two that agree.
"""

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.types import Floats

BINS = 512
LOWEST, HIGHEST = 1e-2, 1e3  # values outside are counted in the outermost bins
TAIL_SHARE = 0.05
_LIKE_PICTURES = 8.0  # neighbouring pictures that tell as much as one
_PRIOR_EXCESSES = 10.0  # a few excesses say less of the tail than the body of the values does
_CAP = 8.0  # nats; beyond, a tail grows logarithmically
_HALF_LIFE_S, _HALF_LIFE_AGES = 86_400.0, 3.0  # a young camera forgets in three times its age
_FIRST_S = 15.0  # of footage: what an empty memory found surprising is no measure
HISTORY_STEPS = 2  # steps back that must exist before motion is believed (of five)
_USUAL_PACE = 0.005
_LOW, _STEP = math.log(LOWEST), math.log(HIGHEST / LOWEST) / BINS
_EDGES = np.exp(_LOW + np.arange(BINS + 1) * _STEP)
_MIDDLES = (_EDGES[1:] + _EDGES[:-1]) / 2


@attrs.frozen
class _Stream:
    """How a stream enters the sum."""

    weight: float
    smooth_s: float  # at ten pictures a second 0.28 s weighs the newest 0.3, 0.45 s 0.2


# Chosen on plateaus that falls in a room and walkers on a path share. Energy and tracks know
# less than the velocities of cells: swinging arms have as much energy as a fall.
STREAMS = {
    "moving": _Stream(1.0, 0.28),
    "energy": _Stream(0.5, 0.45),
    "motion": _Stream(0.3, 0.28),  # of tracks: feet and head over the height
    "posture": _Stream(0.5, 0.28),
}


@attrs.define
class StreamHistory:
    """The values of one stream so far."""

    counts: Floats = attrs.field(factory=lambda: np.zeros(BINS, np.float32))
    seen_s: float = 0.0
    smooth: float | None = None  # the last picture's value, smoothed
    usual: float = 0.0  # value of a picture


def smooth_values(
    history: StreamHistory, values: Floats, weights: Floats, steps: Floats, *, frozen: bool
) -> Floats:
    """Smooth a chunk's values; a picture without history is as the first one that has some.

    Where the chunk has none, it stands for the usual one.

    `weights` are those of the newest picture, `steps` how many of the pictures before it exist.
    """
    is_known = steps >= HISTORY_STEPS
    course = np.full(len(values), values[is_known.argmax()] if is_known.any() else history.usual)
    last = history.smooth
    for number, value in enumerate(values.tolist()):
        if not is_known[number]:
            last = None  # a new start: what was before the gap says nothing
            continue
        last = value if last is None else last + float(weights[number]) * (value - last)
        course[number] = last
        if not frozen:
            history.usual += _USUAL_PACE * (value - history.usual)
    history.smooth = last
    return course.astype(np.float32)


def note_values(history: StreamHistory, values: Floats, duration_s: float) -> None:
    """Take in a chunk's values."""
    history.seen_s += duration_s
    if history.seen_s < _FIRST_S:
        return
    half_life_s = min(_HALF_LIFE_S, _HALF_LIFE_AGES * history.seen_s)
    history.counts *= np.float32(0.5 ** (duration_s / half_life_s))
    history.counts += np.bincount(_bins(values), minlength=BINS).astype(np.float32)


def tails_of(history: StreamHistory, values: Floats) -> Floats:
    """Return the tail of every value, in nats."""
    counts = history.counts.astype(np.float64)
    total = float(counts.sum())
    if total < 1:
        return np.zeros(values.shape, np.float32)
    above = np.cumsum(counts[::-1])[::-1]
    border, excess = _find_tail(counts, above, TAIL_SHARE * total)
    number = TAIL_SHARE * total / _LIKE_PICTURES
    middle, _ = _find_tail(counts, above, total / 2)
    steady = (border - middle) / math.log(0.5 / TAIL_SHARE)  # the same, were all of it exponential
    scale = (number * excess + _PRIOR_EXCESSES * steady) / (number + _PRIOR_EXCESSES)
    scale = (scale + border * _STEP / 2) * (1 + 2 / math.sqrt(number + _PRIOR_EXCESSES))
    share = np.maximum(above[_bins(values)] / total, TAIL_SHARE)
    beyond = -math.log(TAIL_SHARE) + (values - border) / scale
    tails = np.where(values > border, beyond, -np.log(np.minimum(share, 1)))
    return np.asarray(_soften(tails), np.float32)


def _find_tail(
    counts: NDArray[np.float64], above: NDArray[np.float64], number: float
) -> tuple[float, float]:
    """Return the value that so many exceed, and by how much on average, also between bins."""
    start = int(np.flatnonzero(above >= number)[-1])
    beyond = float(above[start + 1]) if start + 1 < BINS else 0.0
    share = (number - beyond) / max(float(counts[start]), 1e-9)  # of the bin that lies beyond
    low, high = float(_EDGES[start]), float(_EDGES[start + 1])
    border = high - share * (high - low)
    excess = float((counts[start + 1 :] * (_MIDDLES[start + 1 :] - border)).sum())
    excess += (number - beyond) * (high - border) / 2
    return border, excess / number


def _soften(tails: Floats) -> Floats:
    return np.where(tails > _CAP, _CAP + np.log1p(np.maximum(tails - _CAP, 0)), tails)


def _bins(values: Floats) -> NDArray[np.intp]:
    places = (np.log(np.maximum(values, LOWEST)) - _LOW) / _STEP
    return np.clip(places, 0, BINS - 1).astype(np.intp)
