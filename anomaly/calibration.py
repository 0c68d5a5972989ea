"""From raw scores to threat: how rare is this on this camera? Pure.

A camera's history of raw scores is kept as a histogram over their logarithm that slowly forgets
(half-life a day, less on a young camera), so that it costs a fixed kilobyte. A score becomes
the *rate* at which the camera has produced scores as high, in chunks an hour, and threat is a
fixed, piecewise linear function of the rate's logarithm: equal threats are equally rare on
every camera. The borders between the four bands are nominal rates from the configuration and
lie at the threats of `anomaly.bands`.

Beyond what was seen, the tail is extended: over the 90 % quantile, excesses (of the logarithm)
are taken as exponential. With few excesses their mean is known badly, so it is widened by two
standard errors; and no camera calls anything rarer than once in twelve times its own age. A
young camera therefore calls few things rare, and says that it is learning.

A sudden change of the whole picture is an event and no score: its rate is how often the
camera had one.
"""

from __future__ import annotations

import math

import attrs
import msgspec
import numpy as np

from anomaly.bands import BORDERS, Band, border_of
from anomaly.types import Floats

BINS = 256
LOWEST, HIGHEST = 1e-3, 1e3  # raw scores outside are counted in the outermost bins
TAIL_SHARE = 0.1
HALF_LIFE_S = 86_400.0
# A young camera forgets as fast as it is young: its first scores come from an empty memory.
SHORTEST_HALF_LIFE_S = 20.0
RAREST_IN_AGES = 12.0  # nobody can call rarer what it has watched a minute for
LEARNING_S = 60.0  # footage before scores are worth showing without a mark
LEARNING_CHUNKS = 10
# What rises slowly would fill the tail with its own beginning.
_LONGEST_WAIT_S, _WAIT_SHARE, _MOST_WAITING = 90.0, 0.1, 200
_GOING_ON = 0.1  # what a further chunk of one event adds
_CERTAIN_RATE = 0.01  # chunks an hour at which threat is 1: less than once in four days
_LOW, _STEP = math.log(LOWEST), math.log(HIGHEST / LOWEST) / BINS


@attrs.frozen
class Bands:
    """Nominal rates, in chunks an hour and camera, at which each band starts."""

    noticeable_per_h: float = 30.0
    unusual_per_h: float = 6.0
    alarming_per_h: float = 0.5

    def __attrs_post_init__(self) -> None:
        if not self.noticeable_per_h > self.unusual_per_h > self.alarming_per_h > _CERTAIN_RATE:
            raise ValueError(
                f"the bands' rates must fall from noticeable to alarming and stay above"
                f" {_CERTAIN_RATE}: {self.noticeable_per_h}, {self.unusual_per_h},"
                f" {self.alarming_per_h} an hour"
            )


class Score(msgspec.Struct, frozen=True, array_like=True):
    """One chunk's, before it is counted."""

    raw: float
    duration_s: float
    is_high: bool


@attrs.define
class History:
    """The raw scores of one camera so far."""

    counts: Floats = attrs.field(factory=lambda: np.zeros(BINS, np.float32))
    footage_s: float = 0.0  # decays with the counts, so that counts over footage is a rate
    chunks: int = 0
    seen_s: float = 0.0
    was_high: float = 0.0  # 1 while something above the lowest band goes on
    upsets: float = 0.0  # sudden overall changes so far; decays with the counts
    waiting: list[Score] = attrs.field(factory=list)  # the latest, not counted yet, oldest first
    smooth_raw: float | None = None  # the last picture's raw score, smoothed
    usual_raw: float = 0.0  # of a picture

    @property
    def is_learning(self) -> bool:
        """Say whether there is too little history to mean much."""
        return self.seen_s < LEARNING_S or self.chunks < LEARNING_CHUNKS


def note_score(history: History, raw: float, duration_s: float, *, is_high: bool = False) -> None:
    """Take in a chunk's score; it counts a while later, so that nothing makes itself ordinary."""
    history.waiting.append(Score(raw, duration_s, is_high))
    history.seen_s += duration_s
    history.chunks += 1
    longest_s = min(_LONGEST_WAIT_S, _WAIT_SHARE * history.seen_s)
    waiting_s = sum(score.duration_s for score in history.waiting)
    while history.waiting and (waiting_s > longest_s or len(history.waiting) > _MOST_WAITING):
        score = history.waiting.pop(0)
        waiting_s -= score.duration_s
        _count(history, score)


def _count(history: History, score: Score) -> None:
    """Add a score to the history; what goes on and on counts hardly more than once."""
    half_life_s = min(HALF_LIFE_S, max(SHORTEST_HALF_LIFE_S, history.seen_s))
    keep = 0.5 ** (score.duration_s / half_life_s)
    history.counts *= np.float32(keep)
    history.counts[_bin(score.raw)] += _GOING_ON if score.is_high and history.was_high else 1
    history.was_high = float(score.is_high)
    history.upsets *= keep
    history.footage_s = history.footage_s * keep + score.duration_s


def rate_per_h(history: History, raw: float) -> float:
    """Say how often an hour this camera shows a chunk at least as unusual."""
    total = float(history.counts.sum())
    if raw <= 0 or total < 1 or history.footage_s <= 0:  # what shows nothing is never rare
        return math.inf
    per_h = 3600 / history.footage_s
    return max(_rarest_per_h(history), _count_as_high(history, raw, total) * per_h)


def upset_rate_per_h(history: History) -> float:
    """Say how often an hour this camera shows a sudden overall change."""
    if history.footage_s <= 0:
        return math.inf
    return max(history.upsets * 3600 / history.footage_s, _rarest_per_h(history))


def _rarest_per_h(history: History) -> float:
    return 3600 / (RAREST_IN_AGES * history.seen_s)


def _count_as_high(history: History, raw: float, total: float) -> float:
    """Say how many scores as high the history would hold, its tail extended."""
    start = _tail_start(history.counts, total)
    tail = history.counts[start:]
    place = _place(raw)
    seen = float(history.counts[_bin(raw) :].sum())
    if place <= start:
        return seen
    number = float(tail.sum())
    scale = float((tail * (np.arange(len(tail)) + 0.5)).sum()) / number
    scale *= 1 + 2 / math.sqrt(number)
    # Where rare things of another kind come now and then, no exponential fits them.
    return max(seen, number * math.exp(-(place - start) / scale))


def threat_of(history: History, raw: float, bands: Bands) -> float:
    """Turn a raw score into a threat of 0..1."""
    return threat_at(rate_per_h(history, raw), bands)


def threat_at(rate: float, bands: Bands) -> float:
    """Give the threat of what happens `rate` times an hour."""
    rates = (
        3600.0,
        bands.noticeable_per_h,
        bands.unusual_per_h,
        bands.alarming_per_h,
        _CERTAIN_RATE,
    )
    rarity = [-math.log(max(r, 1e-9)) for r in rates]
    if rate == math.inf:
        return 0.0
    return float(np.interp(-math.log(max(rate, 1e-9)), rarity, (0.0, *BORDERS, 1.0)))


def raw_at_border(history: History, band: Band, bands: Bands) -> float:
    """Give the raw score at which a band starts on this camera."""
    border = border_of(band)
    low, high = LOWEST, HIGHEST
    for _ in range(40):
        middle = math.sqrt(low * high)
        if threat_of(history, middle, bands) >= border:
            high = middle
        else:
            low = middle
    return high


def _place(raw: float) -> float:
    return (math.log(max(raw, LOWEST)) - _LOW) / _STEP


def _bin(raw: float) -> int:
    return min(BINS - 1, max(0, math.floor(_place(raw))))


def _tail_start(counts: Floats, total: float) -> int:
    above = np.cumsum(counts[::-1])[::-1]
    return int(np.flatnonzero(above >= min(total, max(1.0, TAIL_SHARE * total)))[-1])
