"""From nats of evidence to threat: how rare is this on this camera? Pure.

Each kind of event has an account of its own: what moves, and what stays. An account's history of
evidence is a histogram over nats that slowly forgets (half-life a day, less on a young camera), so
that it costs a fixed kilobyte. Evidence becomes the *rate* at which the camera has shown as
much, in chunks an hour, and threat is a fixed, piecewise linear function of the rate's logarithm:
equal threats are equally rare on every camera. The borders between the four bands are nominal
rates from the configuration and lie at the threats of `anomaly.bands`.

Beyond what was seen, the tail is extended: over the 90 % quantile, excesses are taken as
exponential. With few excesses their mean is known badly, so it is widened by a standard error;
and no camera calls anything rarer than once in twelve times its own age. A young camera therefore
calls few things rare, and says that it is learning. What is rarer than that keeps its order within
its band.

A sudden change of the whole picture is an event and no score: its rate is how often the
camera had one.
"""

import math

import attrs
import msgspec
import numpy as np

from anomaly.bands import BORDERS, border_of
from anomaly.types import Floats
from seda.messages import Band

BINS = 256
HIGHEST = 24.0  # nats; more is counted in the last bin
TAIL_SHARE = 0.1
HALF_LIFE_S = 86_400.0
# A young camera forgets as fast as it is young: its first scores come from an empty memory.
SHORTEST_HALF_LIFE_S = 20.0
RAREST_IN_AGES = 12.0  # nobody can call rarer what it has watched a minute for
RAREST_OF_FEW_IN_AGES = 2.0  # for what hardly ever happens an hour says little
LEARNING_S = 60.0  # footage before scores are worth showing without a mark
LEARNING_CHUNKS = 10
# What rises slowly would fill the tail with its own beginning.
_LONGEST_WAIT_S, _WAIT_SHARE, _MOST_WAITING = 90.0, 0.1, 200
_GOING_ON = 0.1  # what a further chunk of one event adds
_CERTAIN_RATE = 0.01  # chunks an hour at which threat is 1: less than once in four days
_ALL_THE_TIME = 3600.0  # chunks an hour at which it is 0
_STEP = HIGHEST / BINS
# Nats fall off alike on every camera; its own excesses say more the more there are.
_PRIOR_EXCESSES, _PRIOR_NATS = 10.0, 1.2
# A second: half a minute of something unusual raises the level by less than chance does.
_RECENT_PACE, _MOST_RISEN = 0.005, 4.0
_YOUNG_S = 1800.0
_KNOWN_AFTER_S, _FORGOTTEN_AFTER_S = 3600.0, 604_800.0
_ACCOUNTS = 1.5  # the others have their share of what a camera may show
_SPARSE_PER_H = 120.0  # things that stay beyond what is usual, of any length
_SEEN_WEIGHT = 0.98  # so that what lies between two things seen is not all equally rare
_ORDER_SHARE = 0.2  # of what is left of a band, for the order of what is rarer than the age allows


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
    recent: float = 0.0  # nats that a tenth of the chunks of the last minutes exceed
    known_level: float = 0.0  # the highest that this has been for long
    risen: float = 1.0  # how many times `recent` is of it
    is_sparse: bool = False  # mostly nothing happens: what is rare is rare on every camera alike
    waiting: list[Score] = attrs.field(factory=list)  # the latest, not counted yet, oldest first

    @property
    def is_learning(self) -> bool:
        """Say whether there is too little history to mean much."""
        return self.seen_s < LEARNING_S or self.chunks < LEARNING_CHUNKS


def note_score(history: History, raw: float, duration_s: float, *, is_high: bool = False) -> None:
    """Take in a chunk's score; it counts a while later, so that nothing makes itself ordinary."""
    history.waiting.append(Score(raw, duration_s, is_high))
    history.seen_s += duration_s
    history.chunks += 1
    _follow_recent(history, raw, duration_s)
    longest_s = min(_LONGEST_WAIT_S, _WAIT_SHARE * history.seen_s)
    waiting_s = sum(score.duration_s for score in history.waiting)
    while history.waiting and (waiting_s > longest_s or len(history.waiting) > _MOST_WAITING):
        score = history.waiting.pop(0)
        waiting_s -= score.duration_s
        _count(history, score)


def _follow_recent(history: History, raw: float, duration_s: float) -> None:
    """Follow the level of the last minutes: at dusk or in rain all scores rise alike.

    A level that the camera had before, by another light, is known and corrects nothing.
    """
    if history.recent <= 0:
        history.recent = history.known_level = max(raw, _STEP)
        return
    share = TAIL_SHARE - 1 if raw > history.recent else TAIL_SHARE
    history.recent = max(_STEP, history.recent * math.exp(-share * _RECENT_PACE * duration_s))
    apart = math.log(history.recent / history.known_level)
    takes_s = _KNOWN_AFTER_S if apart > 0 else _FORGOTTEN_AFTER_S
    share = 1 - math.exp(-duration_s / takes_s)
    if apart > 0 and history.seen_s < _YOUNG_S:
        share = 1.0  # nothing is known that it could have risen from
    history.known_level *= math.exp(apart * share)
    history.risen = min(_MOST_RISEN, max(1.0, history.recent / history.known_level))


def _count(history: History, score: Score) -> None:
    """Add a score to the history; what goes on and on counts hardly more than once."""
    half_life_s = min(HALF_LIFE_S, max(SHORTEST_HALF_LIFE_S, history.seen_s))
    keep = 0.5 ** (score.duration_s / half_life_s)
    history.counts *= np.float32(keep)
    goes_on = score.is_high and history.was_high and not history.is_sparse
    history.counts[_bin(score.raw)] += _GOING_ON if goes_on else 1
    history.was_high = float(score.is_high)
    history.upsets *= keep
    history.footage_s = history.footage_s * keep + score.duration_s


def rate_per_h(history: History, raw: float) -> float:
    """Say how often an hour this camera shows a chunk at least as unusual."""
    return max(_rarest_per_h(history), _rate_beyond(history, raw))


def _rate_beyond(history: History, raw: float) -> float:
    """Say the same without regard to the camera's age."""
    total = float(history.counts.sum())
    if raw <= 0 or total < 1 or history.footage_s <= 0:  # what shows nothing is never rare
        return math.inf
    hours = history.footage_s / 3600
    if history.is_sparse:
        return max(_expect(raw), _count_seen(history, raw) / hours)
    return _ACCOUNTS * _count_as_high(history, raw / history.risen, total) / hours


def _expect(raw: float) -> float:
    """Say how often an hour things stay so long on any camera: from such few no tail is learned."""
    return _SPARSE_PER_H * math.exp(-raw)


def upset_rate_per_h(history: History) -> float:
    """Say how often an hour this camera shows a sudden overall change."""
    if history.footage_s <= 0:
        return math.inf
    return max(history.upsets * 3600 / history.footage_s, _rarest_per_h(history))


def _rarest_per_h(history: History) -> float:
    ages = RAREST_OF_FEW_IN_AGES if history.is_sparse else RAREST_IN_AGES
    return 3600 / (ages * max(history.seen_s, 1.0))


def _count_as_high(history: History, raw: float, total: float) -> float:
    """Say how many scores as high the history would hold, its tail extended."""
    start = _tail_start(history.counts, total)
    tail = history.counts[start:]
    seen = _count_seen(history, raw)
    if raw / _STEP <= start:
        return seen
    number = float(tail.sum())
    excess = float((tail * (np.arange(len(tail)) + 0.5)).sum()) * _STEP
    scale = (excess + _PRIOR_EXCESSES * _PRIOR_NATS) / (number + _PRIOR_EXCESSES)
    scale *= 1 + 1 / math.sqrt(number + _PRIOR_EXCESSES)
    extended = number * math.exp(-(raw - start * _STEP) / scale)
    # Where rare things of another kind come now and then, no exponential fits them.
    return max(extended, float(seen**_SEEN_WEIGHT * extended ** (1 - _SEEN_WEIGHT)))


def _count_seen(history: History, raw: float) -> float:
    """Say how many scores as high were seen, one that is in the same bin in part."""
    place = max(raw / _STEP, 0.0)
    if place >= BINS - 1:
        return float(history.counts[-1])
    bin_ = int(place)
    above = float(history.counts[bin_ + 1 :].sum())
    return above + float(history.counts[bin_]) * (1 - (place - bin_))


def threat_of(history: History, raw: float, bands: Bands) -> float:
    """Turn nats into a threat of 0..1."""
    rate, rarest = _rate_beyond(history, raw), _rarest_per_h(history)
    if rate >= rarest:
        return threat_at(rate, bands)
    least = threat_at(rarest, bands)
    room = min(border for border in (*BORDERS, 1.0, least) if border >= least) - least
    beyond = math.log(rarest / max(rate, 1e-300))
    return least + _ORDER_SHARE * room * beyond / (1 + beyond)


def threat_at(rate: float, bands: Bands) -> float:
    """Return the threat of what happens `rate` times an hour."""
    if rate >= _ALL_THE_TIME:
        return 0.0
    rates = (bands.noticeable_per_h, bands.unusual_per_h, bands.alarming_per_h, _CERTAIN_RATE)
    often, low = _ALL_THE_TIME, 0.0
    for seldom, high in zip(rates, (*BORDERS, 1.0), strict=True):
        if rate > seldom:
            return low + (high - low) * math.log(often / rate) / math.log(often / seldom)
        often, low = seldom, high
    return 1.0


def raw_at_border(history: History, band: Band, bands: Bands) -> float:
    """Return the nats at which a band starts on this camera."""
    border = border_of(band)
    low, high = 0.0, 4 * HIGHEST
    for _ in range(40):
        middle = (low + high) / 2
        if threat_of(history, middle, bands) >= border:
            high = middle
        else:
            low = middle
    return high


def _bin(raw: float) -> int:
    return min(BINS - 1, max(0, int(raw / _STEP)))


def _tail_start(counts: Floats, total: float) -> int:
    above = np.cumsum(counts[::-1])[::-1]
    return int(np.flatnonzero(above >= min(total, max(1.0, TAIL_SHARE * total)))[-1])
