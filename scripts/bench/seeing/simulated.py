"""Simulated score streams: whether calibration crosses its bands as often as it promises.

Chunks of two seconds for half a day, several times over; counted is from the second hour on, since
a young camera calls nothing rare. Scores are log-normal. Nominal rates are those of the
configuration's default.
"""

from collections.abc import Callable, Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.bands import BORDERS
from anomaly.evaluation.replay import CHUNK_S
from anomaly.usual.calibration import Bands, History, note_score, threat_of
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.options import Options

HOURS, FIRST_COUNTED_H, TIMES = 12.0, 1.0, 6
CHUNKS = round(HOURS * 3600 / CHUNK_S)
USUAL, SPREAD = 0.2, 0.6
"""Median and deviation of the logarithm of a chunk's raw score."""
KEPT = 0.97
"""Of the last chunk's score, where scores follow one another."""
BURSTS_PER_H, BURST_S, BURST_LOG = 2.0, (20.0, 60.0), 1.2
DUSK_TIMES, DUSK_AT_H, DUSK_TAKES_H = 3.3, 4.0, 0.5
NIGHT_TIMES, REGIME_H = 0.3, 2.0
Values = NDArray[np.float64]
Rng = np.random.Generator


@attrs.define
class Account:
    """A camera's calibration: the only place here that knows its functions."""

    history: History = attrs.field(factory=History)
    bands: Bands = attrs.field(factory=Bands)

    def judge(self, raw: float) -> float:
        """Return a chunk's threat, then take it in."""
        threat = threat_of(self.history, raw, self.bands)
        note_score(self.history, raw, CHUNK_S, is_high=threat >= BORDERS[0])
        return threat


def independent(rng: Rng) -> Values:
    """Return scores that know nothing of one another."""
    return rng.normal(0, 1, CHUNKS)


def following(rng: Rng) -> Values:
    """Return scores that stay what they were for a minute: an autoregression."""
    fresh, course = rng.normal(0, 1, CHUNKS) * np.sqrt(1 - KEPT**2), np.zeros(CHUNKS)
    value = float(rng.normal())
    for place, step in enumerate(fresh.tolist()):
        value = KEPT * value + step
        course[place] = value
    return course


def bursting(rng: Rng) -> Values:
    """Return independent scores, and twice an hour something that goes on for a while."""
    course = independent(rng)
    for _ in range(rng.poisson(BURSTS_PER_H * HOURS)):
        start = int(rng.integers(CHUNKS))
        course[start : start + round(float(rng.uniform(*BURST_S)) / CHUNK_S)] += BURST_LOG / SPREAD
    return course


def darkening(rng: Rng) -> Values:
    """Return scores that become several times as high within half an hour and stay so."""
    hours = np.arange(CHUNKS) * CHUNK_S / 3600
    share = np.clip((hours - DUSK_AT_H) / DUSK_TAKES_H, 0, 1)
    return np.asarray(following(rng) + share * np.log(DUSK_TIMES) / SPREAD)


def alternating(rng: Rng) -> Values:
    """Return two regimes in turn: by night scores are a third of those by day."""
    hours = np.arange(CHUNKS) * CHUNK_S / 3600
    is_night = np.floor(hours / REGIME_H) % 2 == 1
    return following(rng) + np.where(is_night, np.log(NIGHT_TIMES) / SPREAD, 0.0)


STREAMS: dict[str, Callable[[Rng], Values]] = {
    "independent": independent,
    "following": following,
    "bursts": bursting,
    "dusk": darkening,
    "regimes": alternating,
}


def run(options: Options) -> dict[str, Figure]:
    """Return realised over nominal rates, by stream and band, and the furthest of the top band."""
    figures: dict[str, Figure] = {}
    for name, stream in STREAMS.items():
        progress(f"seeing: simulated scores, {name}")
        for band, ratio in _ratios(stream, options.seed).items():
            figures[f"simulated_{name}_{band}"] = Figure(ratio, "times")
    top = [figure.value for name, figure in figures.items() if name.endswith("_alarming")]
    return figures | {
        "simulated_highest_ratio": Figure(max(top), "times"),
        "simulated_lowest_ratio": Figure(min(top), "times"),
    }


def _ratios(stream: Callable[[Rng], Values], seed: int) -> dict[str, float]:
    bands = Bands()
    rates = (bands.noticeable_per_h, bands.unusual_per_h, bands.alarming_per_h)
    threats = np.concatenate(list(_threats(stream, seed)))
    hours = TIMES * (HOURS - FIRST_COUNTED_H)
    names = ("noticeable", "unusual", "alarming")
    return {
        name: float((threats >= border).sum()) / hours / rate
        for name, border, rate in zip(names, BORDERS, rates, strict=True)
    }


def _threats(stream: Callable[[Rng], Values], seed: int) -> Iterator[Values]:
    """Return the threats that are counted, camera by camera."""
    first = round(FIRST_COUNTED_H * 3600 / CHUNK_S)
    for number in range(TIMES):
        account = Account()
        raws = USUAL * np.exp(SPREAD * stream(np.random.default_rng([seed, number])))
        yield np.array([account.judge(raw) for raw in raws.tolist()])[first:]
